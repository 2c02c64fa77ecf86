//! Dates for the names of files.

/// A time as `2026-11-27T055800`, in UTC.
pub(crate) fn stamp(wall_ms: i64) -> String {
    let secs = wall_ms.div_euclid(1000);
    let (days, rest) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}{:02}{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// A time as `2026-11-27 05:58:00 UTC`; given in milliseconds since the beginning of 1970.
pub fn date(wall_ms: i64) -> String {
    let stamp = stamp(wall_ms);
    let (day, time) = stamp.split_once('T').unwrap_or_default();
    let [hour, minute, second] = [0..2, 2..4, 4..6].map(|of| time.get(of).unwrap_or_default());
    format!("{day} {hour}:{minute}:{second} UTC")
}

/// Year, month and day of a day counted from 1970. *Source*: H. Hinnant, chrono-compatible low-level date algorithms.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    // Years begin in March here.
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::stamp;

    #[test]
    fn days_are_the_calendar_s() {
        assert_eq!(stamp(0), "1970-01-01T000000");
        assert_eq!(super::date(951_827_696_000), "2000-02-29 12:34:56 UTC");
        assert_eq!(stamp(951_827_696_000), "2000-02-29T123456");
        assert_eq!(stamp(1_795_759_199_999), "2026-11-27T055959");
        assert_eq!(stamp(-1), "1969-12-31T235959");
    }
}
