//! NTP time tags.

use std::time::Duration;

/// Seconds from 1900, where NTP begins, to 1970, where Unix time does.
const NTP_TO_UNIX_SECS: u64 = 2_208_988_800;
const NANOS: i128 = 1_000_000_000;

/// When a bundle applies: seconds since 1900 in the upper 32 bits, fractions of 2⁻³² s (0.23 ns) in the lower.
///
/// The seconds wrap in 2036. Times are therefore compared by their distance, which holds within 68 years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeTag(pub u64);

impl TimeTag {
    /// Now: as soon as it has come.
    pub const IMMEDIATE: TimeTag = TimeTag(1);

    /// The tag of a wall-clock time, given since the start of 1970.
    pub fn from_unix(since_1970: Duration) -> TimeTag {
        let secs = since_1970.as_secs().wrapping_add(NTP_TO_UNIX_SECS);
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32).div_ceil(1_000_000_000);
        TimeTag((secs << 32) | fraction)
    }

    /// Whether it says "now".
    pub fn is_immediate(self) -> bool {
        self == TimeTag::IMMEDIATE
    }

    /// Nanoseconds from another tag to this one; negative when this is the earlier. Neither is "now".
    ///
    /// With the wall-clock time at which a packet came, this says how far ahead of its arrival it is to apply, without
    /// regard to where either clock starts.
    pub fn ns_since(self, earlier: TimeTag) -> i64 {
        let distance = i128::from(self.0.wrapping_sub(earlier.0).cast_signed());
        // At most 2³¹ s, which are 2.2 · 10¹⁸ ns.
        ((distance * NANOS) >> 32) as i64
    }

    /// The tag so many nanoseconds later, or earlier when negative.
    pub fn plus_ns(self, ns: i64) -> TimeTag {
        let distance = ((i128::from(ns) << 32) / NANOS) as i64;
        TimeTag(self.0.wrapping_add(distance.cast_unsigned()))
    }

    /// The later of two; "now" is before everything.
    ///
    /// A bundle within another applies no earlier than the one around it.
    pub fn later(self, other: TimeTag) -> TimeTag {
        match (self.is_immediate(), other.is_immediate()) {
            (true, _) => other,
            (_, true) => self,
            _ if other.0.wrapping_sub(self.0).cast_signed() > 0 => other,
            _ => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_time_becomes_ntp_time() {
        // RFC 868: 2,208,988,800 is 00:00 on 1 January 1970.
        assert_eq!(TimeTag::from_unix(Duration::ZERO).0, 2_208_988_800 << 32);
        assert_eq!(TimeTag::from_unix(Duration::from_millis(500)).0 & 0xffff_ffff, 1 << 31);
        let late = TimeTag::from_unix(Duration::new(3, 999_999_999));
        assert_eq!(late.0 >> 32, 2_208_988_803);
    }

    #[test]
    fn distances_come_back_to_the_nanosecond() {
        let base = TimeTag::from_unix(Duration::new(1_790_000_000, 123_456_789));
        for ns in [0, 1, -1, 999, 20_833, -1_000_000_007, 86_400_000_000_000] {
            assert!((base.plus_ns(ns).ns_since(base) - ns).abs() <= 1, "{ns}");
        }
    }

    #[test]
    fn the_end_of_the_era_in_2036_is_no_step() {
        let before = TimeTag(u64::MAX - 5);
        let after = before.plus_ns(2_000_000_000);
        assert!(after.0 < before.0);
        assert!((after.ns_since(before) - 2_000_000_000).abs() <= 1);
        assert_eq!(before.later(after), after);
        assert_eq!(after.later(before), after);
    }

    #[test]
    fn now_is_before_everything() {
        let tag = TimeTag::from_unix(Duration::from_secs(1));
        assert_eq!(tag.later(TimeTag::IMMEDIATE), tag);
        assert_eq!(TimeTag::IMMEDIATE.later(tag), tag);
        assert_eq!(TimeTag::IMMEDIATE.later(TimeTag::IMMEDIATE), TimeTag::IMMEDIATE);
    }
}
