//! A small Fourier transform for making tables: slow enough to be plain, with the same bits on every machine.

/// A transform of a power-of-two length in double precision.
///
/// The fast transforms of libraries choose their instructions at run time, so that their last bits differ by machine;
/// tables that are heard must not.
#[derive(Debug, Clone)]
pub struct Fourier {
    cos: Vec<f64>,
    sin: Vec<f64>,
}

impl Fourier {
    /// A transform of `len` points.
    ///
    /// # Panics
    /// When `len` is not a power of two of at least 2.
    pub fn new(len: usize) -> Fourier {
        assert!(len >= 2 && len.is_power_of_two(), "a power of two, not {len}");
        let angle = |i: usize| core::f64::consts::TAU * i as f64 / len as f64;
        Fourier {
            cos: (0..len / 2).map(|i| libm::cos(angle(i))).collect(),
            sin: (0..len / 2).map(|i| libm::sin(angle(i))).collect(),
        }
    }

    /// The number of points.
    pub fn points(&self) -> usize {
        self.cos.len() * 2
    }

    /// Sums of `x[n] e^(+2πikn/len)`, in place, unscaled: from a spectrum to a signal.
    ///
    /// # Panics
    /// When the slices are not of the transform's length.
    pub fn inverse(&self, re: &mut [f64], im: &mut [f64]) {
        let len = self.points();
        assert!(re.len() == len && im.len() == len, "both parts hold {len} points");
        let shift = usize::BITS - len.trailing_zeros();
        for i in 0..len {
            let j = i.reverse_bits() >> shift;
            if i < j {
                re.swap(i, j);
                im.swap(i, j);
            }
        }
        let mut half = 1;
        while half < len {
            let stride = len / (2 * half);
            for start in (0..len).step_by(2 * half) {
                for k in 0..half {
                    let (c, s) = (self.cos[k * stride], self.sin[k * stride]);
                    let (a, b) = (start + k, start + k + half);
                    let (x, y) = (re[b] * c - im[b] * s, re[b] * s + im[b] * c);
                    (re[b], im[b]) = (re[a] - x, im[a] - y);
                    (re[a], im[a]) = (re[a] + x, im[a] + y);
                }
            }
            half *= 2;
        }
    }

    /// Sums of `x[n] e^(−2πikn/len)`, in place, unscaled: from a signal to a spectrum.
    ///
    /// # Panics
    /// When the slices are not of the transform's length.
    pub fn forward(&self, re: &mut [f64], im: &mut [f64]) {
        // Conjugation of input and output, which here is an exchange of the parts.
        self.inverse(im, re);
    }
}

/// The sine in double precision, for tables.
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// `x` to the power of `y` in double precision, for tables.
pub fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spectrum_of_one_line_is_a_wave_and_comes_back() {
        let fourier = Fourier::new(64);
        let (mut re, mut im) = (vec![0.0; 64], vec![0.0; 64]);
        (re[5], im[5]) = (0.5, 0.25);
        fourier.inverse(&mut re, &mut im);
        for (n, (x, y)) in re.iter().zip(&im).enumerate() {
            let (s, c) = (core::f64::consts::TAU * 5.0 * n as f64 / 64.0).sin_cos();
            assert!((x - (0.5 * c - 0.25 * s)).abs() < 1e-12 && (y - (0.5 * s + 0.25 * c)).abs() < 1e-12);
        }
        fourier.forward(&mut re, &mut im);
        assert!((re[5] - 32.0).abs() < 1e-10 && (im[5] - 16.0).abs() < 1e-10 && re[7].abs() < 1e-10);
    }
}
