//! Exact fractions for positions and lengths in beats and cycles.
//!
//! Patterns ask for many: sums and products take the shortest road that 64 bits allow, and no input panics.

use core::cmp::Ordering;
use core::fmt;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A fraction in lowest terms with a positive denominator.
///
/// Arithmetic runs in 128 bits and saturates to the nearest fraction that fits 64, which music never reaches.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: i64,
    den: i64,
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Division of 128 bits is many times dearer than of 64.
        if a <= u64::MAX as u128 && b <= u64::MAX as u128 {
            return gcd_64(a as u64, b as u64) as u128;
        }
        (a, b) = (b, a % b);
    }
    a
}

const fn gcd_64(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Ratio {
    /// Nought.
    pub const ZERO: Ratio = Ratio { num: 0, den: 1 };
    /// One.
    pub const ONE: Ratio = Ratio { num: 1, den: 1 };

    /// `num / den`; a zero denominator gives zero.
    pub const fn new(num: i64, den: i64) -> Ratio {
        Self::reduce(num as i128, den as i128)
    }

    /// A whole number (the least of 64 bits becomes the next, so that each has its negative).
    pub const fn int(n: i64) -> Ratio {
        Ratio { num: if n == i64::MIN { -i64::MAX } else { n }, den: 1 }
    }

    /// `num / den` for a positive denominator, in lowest terms.
    fn lowest(num: i64, den: i64) -> Ratio {
        let g = gcd_64(num.unsigned_abs(), den.unsigned_abs());
        if g <= 1 {
            return Ratio { num: Ratio::int(num).num, den };
        }
        // The divisor fits, since it divides a positive i64.
        Ratio { num: num / g as i64, den: den / g as i64 }
    }

    /// The least positive number that is a whole multiple of both; nought where one is not positive. In lowest terms that
    /// is the least common multiple of the numerators over the greatest common divisor of the denominators, so that
    /// nothing is rounded on the way.
    pub(crate) fn common_multiple(self, other: Ratio) -> Ratio {
        if self.num <= 0 || other.num <= 0 {
            return Ratio::ZERO;
        }
        let shared = gcd_64(self.num.unsigned_abs(), other.num.unsigned_abs()) as i64;
        let num = i128::from(self.num / shared) * i128::from(other.num);
        Ratio::reduce(num, i128::from(gcd_64(self.den.unsigned_abs(), other.den.unsigned_abs())))
    }

    /// Whether it may have been rounded: its fraction is as fine as numbers go.
    pub(crate) const fn is_rough(self) -> bool {
        self.den > 1 << 31 || self.num.unsigned_abs() > 1 << 61
    }

    const fn reduce(num: i128, den: i128) -> Ratio {
        if den == 0 {
            return Ratio::ZERO;
        }
        let g = gcd(num.unsigned_abs(), den.unsigned_abs()) as i128;
        let (mut n, mut d) = (num / g, den / g);
        if d < 0 {
            (n, d) = (-n, -d);
        }
        // Halve both until they fit: the loss is below 2^-62 of the value.
        while d > i64::MAX as i128 || n > i64::MAX as i128 || n < -(i64::MAX as i128) {
            (n, d) = (n / 2, d / 2);
            if d == 0 {
                return Ratio { num: if n < 0 { -i64::MAX } else { i64::MAX }, den: 1 };
            }
        }
        // What is nothing has one form.
        Ratio { num: n as i64, den: if n == 0 { 1 } else { d as i64 } }
    }

    /// The greatest number that a float is taken for: beyond, not every whole number is a float.
    pub(crate) const MOST: f64 = 9.0e15;

    /// The nearest fraction with a denominator of at most a million, by continued fractions.
    pub fn from_f64(x: f64) -> Ratio {
        if !x.is_finite() {
            return Ratio::ZERO;
        }
        let negative = x < 0.0;
        let mut rest = x.abs();
        let (mut n0, mut d0, mut n1, mut d1) = (0i128, 1i128, 1i128, 0i128);
        for _ in 0..32 {
            let whole = rest.floor();
            if whole > Self::MOST {
                break;
            }
            let (n, d) = (whole as i128 * n1 + n0, whole as i128 * d1 + d0);
            if d > 1_000_000 {
                break;
            }
            (n0, d0, n1, d1) = (n1, d1, n, d);
            let fraction = rest - whole;
            if fraction < 1e-12 || (n as f64 / d as f64 - x.abs()).abs() < 1e-14 * x.abs() {
                break;
            }
            rest = 1.0 / fraction;
        }
        let r = Self::reduce(n1, d1.max(1));
        if negative { -r } else { r }
    }

    /// The numerator.
    pub const fn num(self) -> i64 {
        self.num
    }

    /// The denominator, at least 1.
    pub const fn den(self) -> i64 {
        self.den
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }

    /// The greatest whole number not above.
    pub const fn floor(self) -> i64 {
        self.num.div_euclid(self.den)
    }

    /// The least whole number not below.
    pub const fn ceil(self) -> i64 {
        -((-self.num).div_euclid(self.den))
    }

    /// Whether it is a whole number.
    pub const fn is_int(self) -> bool {
        self.den == 1
    }

    /// The start of the cycle that it lies in: the greatest whole number not above.
    pub const fn cycle(self) -> Ratio {
        Ratio::int(self.floor())
    }

    /// The start of the next cycle.
    pub const fn next_cycle(self) -> Ratio {
        Ratio::int(self.floor().saturating_add(1))
    }

    /// The remainder of a floored division: it has the sign of `o`. Zero when `o` is.
    pub fn modulo(self, o: Ratio) -> Ratio {
        if o == Ratio::ZERO { Ratio::ZERO } else { self - o * (self / o).cycle() }
    }

    /// What is left over the floor: 0 ≤ fraction < 1.
    pub const fn fract(self) -> Ratio {
        Ratio { num: self.num.rem_euclid(self.den), den: self.den }
    }
}

impl Add for Ratio {
    type Output = Ratio;
    fn add(self, o: Ratio) -> Ratio {
        if self.den == o.den {
            if let Some(num) = self.num.checked_add(o.num) {
                return if self.den == 1 { Ratio::int(num) } else { Self::lowest(num, self.den) };
            }
        } else if let (Some(a), Some(b), Some(den)) =
            (self.num.checked_mul(o.den), o.num.checked_mul(self.den), self.den.checked_mul(o.den))
            && let Some(num) = a.checked_add(b)
        {
            // A whole number added to a fraction in lowest terms leaves it in lowest terms.
            return if self.den == 1 || o.den == 1 {
                Ratio { num: Ratio::int(num).num, den }
            } else {
                Self::lowest(num, den)
            };
        }
        Self::reduce(
            i128::from(self.num) * i128::from(o.den) + i128::from(o.num) * i128::from(self.den),
            i128::from(self.den) * i128::from(o.den),
        )
    }
}
impl Sub for Ratio {
    type Output = Ratio;
    fn sub(self, o: Ratio) -> Ratio {
        self + -o
    }
}
impl Mul for Ratio {
    type Output = Ratio;
    fn mul(self, o: Ratio) -> Ratio {
        if let (Some(num), Some(den)) = (self.num.checked_mul(o.num), self.den.checked_mul(o.den)) {
            return if den == 1 { Ratio::int(num) } else { Self::lowest(num, den) };
        }
        Self::reduce(i128::from(self.num) * i128::from(o.num), i128::from(self.den) * i128::from(o.den))
    }
}
impl Div for Ratio {
    type Output = Ratio;
    /// A zero divisor gives zero.
    fn div(self, o: Ratio) -> Ratio {
        if o.num > 0
            && let (Some(num), Some(den)) = (self.num.checked_mul(o.den), self.den.checked_mul(o.num))
        {
            return Self::lowest(num, den);
        }
        Self::reduce(i128::from(self.num) * i128::from(o.den), i128::from(self.den) * i128::from(o.num))
    }
}
impl Neg for Ratio {
    type Output = Ratio;
    fn neg(self) -> Ratio {
        Ratio { num: -self.num, den: self.den }
    }
}
impl PartialOrd for Ratio {
    fn partial_cmp(&self, o: &Ratio) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}
impl Ord for Ratio {
    fn cmp(&self, o: &Ratio) -> Ordering {
        if self.den == o.den {
            return self.num.cmp(&o.num);
        }
        (i128::from(self.num) * i128::from(o.den)).cmp(&(i128::from(o.num) * i128::from(self.den)))
    }
}
impl Default for Ratio {
    fn default() -> Ratio {
        Ratio::ZERO
    }
}
impl From<i64> for Ratio {
    fn from(n: i64) -> Ratio {
        Ratio::int(n)
    }
}
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}
impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_behave() {
        let r = Ratio::new;
        assert_eq!(r(2, -4), r(-1, 2));
        assert_eq!(r(1, 3) + r(1, 6), r(1, 2));
        assert_eq!(r(-7, 2).floor(), -4);
        assert_eq!(r(-7, 2).ceil(), -3);
        assert_eq!(r(-7, 2).fract(), r(1, 2));
        assert_eq!(r(1, 2) / Ratio::ZERO, Ratio::ZERO);
        assert!(r(1, 3) < r(34, 100));
        assert_eq!(Ratio::from_f64(0.1), r(1, 10));
        assert_eq!(Ratio::from_f64(-1.0 / 3.0), r(-1, 3));
        assert_eq!(Ratio::from_f64(0.0), Ratio::ZERO);
        assert_eq!(r(-7, 2).modulo(r(3, 2)), r(1, 1));
        assert_eq!(r(7, 2).cycle(), r(3, 1));
        assert_eq!(r(-1, 2).next_cycle(), Ratio::ZERO);
    }

    #[test]
    fn the_ends_of_the_range_saturate() {
        let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        let all: Vec<Ratio> = ends.iter().flat_map(|n| ends.iter().map(|d| Ratio::new(*n, *d))).collect();
        for a in &all {
            for b in &all {
                for c in [*a + *b, *a - *b, *a * *b, *a / *b, a.modulo(*b), -*a, a.next_cycle(), Ratio::int(a.ceil())] {
                    assert!(c.den() > 0 && c.num() > i64::MIN, "{a} {b} {c}");
                }
                assert_eq!(a.cmp(b), b.cmp(a).reverse());
            }
        }
    }
}
