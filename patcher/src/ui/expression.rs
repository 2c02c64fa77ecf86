//! Numbers as they are typed into a field: `440`, `1/16`, `+=10`, `*=2`, `-3`.

/// The number that a text means where a value stands at `now`.
///
/// # Errors
/// What was expected, in the user's words.
pub(crate) fn number_from(text: &str, now: f64) -> Result<f64, String> {
    let text = text.trim();
    for (sign, apply) in [
        ("+=", (|now, n| now + n) as fn(f64, f64) -> f64),
        ("-=", |now, n| now - n),
        ("*=", |now, n| now * n),
        ("/=", |now, n| now / n),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return finite(apply(now, sum(rest)?));
        }
    }
    finite(sum(text)?)
}

fn finite(n: f64) -> Result<f64, String> {
    if n.is_finite() { Ok(n) } else { Err("that is no finite number".to_owned()) }
}

/// Terms with `+` and `-` between them.
fn sum(text: &str) -> Result<f64, String> {
    let mut total = 0.0;
    let mut begin = 0;
    let bytes = text.as_bytes();
    let mut sign = 1.0;
    for i in 0..=bytes.len() {
        let ends = i == bytes.len()
            || (matches!(bytes[i], b'+' | b'-')
                && !text[begin..i].trim().is_empty()
                && !after_operator(&text[begin..i]));
        if ends {
            total += sign * product(&text[begin..i])?;
            sign = if i < bytes.len() && bytes[i] == b'-' { -1.0 } else { 1.0 };
            begin = i + 1;
        }
    }
    Ok(total)
}

/// Whether a sign behind this belongs to a number, as in `1e-3` and `2*-3`.
fn after_operator(text: &str) -> bool {
    let text = text.trim_end();
    let exponent =
        text.strip_suffix(['e', 'E']).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    exponent || text.ends_with(['*', '/'])
}

fn product(text: &str) -> Result<f64, String> {
    let mut total = 1.0;
    let mut begin = 0;
    let mut divides = false;
    for (i, c) in text.char_indices().chain([(text.len(), '*')]) {
        if c == '*' || c == '/' {
            let n = plain(&text[begin..i])?;
            total = if divides { total / n } else { total * n };
            (divides, begin) = (c == '/', i + 1);
        }
    }
    Ok(total)
}

fn plain(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let scaled = text.strip_suffix('k').map(|n| (n, 1e3)).unwrap_or((text, 1.0));
    let number: Result<f64, _> = scaled.0.trim().parse();
    number.map(|n| n * scaled.1).map_err(|_| format!("expected a number such as 440, 1/16 or +=10, found `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::number_from;

    #[test]
    fn what_is_typed_is_a_number_or_says_what_was_expected() {
        for (text, want) in [
            ("440", 440.0),
            ("1/16", 0.0625),
            ("+=10", 110.0),
            ("-= 25", 75.0),
            ("*=2", 200.0),
            ("/=4", 25.0),
            ("-3", -3.0),
            ("2*-3", -6.0),
            ("1e-3", 0.001),
            ("3/4 + 1/8", 0.875),
            ("1.5k", 1_500.0),
        ] {
            assert_eq!(number_from(text, 100.0), Ok(want), "{text}");
        }
        for text in ["", "fast", "1/0", "2**3", "+="] {
            assert!(number_from(text, 100.0).is_err(), "{text}");
        }
    }
}
