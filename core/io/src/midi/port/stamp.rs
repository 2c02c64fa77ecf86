//! From a driver's own time stamps to the host's clock.

/// How fast the estimate may grow again, should the driver's clock be slower than the host's: 50 ppm.
const LEAK: f64 = 50e-6;
/// A driver's time that goes back by more, or jumps ahead of the arrival, is that of another beginning.
const RESET_NS: i64 = 100_000_000;

/// Maps stamps by the messages that came through fastest: no message arrives before its stamp.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stamps {
    /// The host's time less the driver's, and the arrival at which it was last looked at.
    offset: Option<(f64, u64)>,
}

impl Stamps {
    /// The time of a message with a driver's stamp that arrived at `now_ns`; never later than that.
    pub(super) fn time(&mut self, stamp_ns: u64, now_ns: u64) -> u64 {
        let apart = now_ns.wrapping_sub(stamp_ns).cast_signed() as f64;
        let offset = match self.offset {
            Some((offset, at)) => {
                let grown = offset + LEAK * now_ns.saturating_sub(at) as f64;
                if (apart - grown).abs() > RESET_NS as f64 { apart } else { grown.min(apart) }
            }
            None => apart,
        };
        self.offset = Some((offset, now_ns));
        now_ns.saturating_sub((apart - offset).max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_late_keeps_its_time() {
        let mut stamps = Stamps::default();
        // The driver began at 5 s; messages take 0.1 to 3 ms.
        let delays = [900_000u64, 100_000, 3_000_000, 500_000, 100_000, 2_000_000];
        let mut worst = 0;
        for (i, delay) in delays.into_iter().enumerate() {
            let truth = 6_000_000_000 + i as u64 * 10_000_000;
            let time = stamps.time(truth - 5_000_000_000, truth + delay);
            assert!(time >= truth && time <= truth + delay);
            if i > 0 {
                worst = worst.max(time - truth - 100_000);
            }
        }
        assert!(worst < 5_000, "{worst} ns");
    }

    #[test]
    fn a_driver_that_begins_anew_is_followed() {
        let mut stamps = Stamps::default();
        stamps.time(10_000_000_000, 10_000_100_000);
        assert_eq!(stamps.time(5, 20_000_000_000), 20_000_000_000);
        assert_eq!(stamps.time(u64::MAX, 20_200_000_000), 20_200_000_000);
    }
}
