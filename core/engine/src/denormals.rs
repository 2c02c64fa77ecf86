//! Flush-to-zero on the audio thread: a decaying tail must not cost more as it dies.
#![allow(unsafe_code, reason = "the control register of the floating-point unit has no safe interface")]

/// Sets flush-to-zero and denormals-are-zero until it is dropped.
#[derive(Debug)]
pub struct FlushToZero {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    before: u64,
}

impl FlushToZero {
    /// Sets the mode for this thread.
    ///
    /// # Realtime Safety
    /// Two instructions.
    pub fn on() -> FlushToZero {
        #[cfg(target_arch = "x86_64")]
        {
            let before = read();
            // Bit 15 is flush-to-zero, bit 6 denormals-are-zero (Intel SDM, volume 1, 10.2.3).
            write(before | 0x8040);
            FlushToZero { before }
        }
        #[cfg(target_arch = "aarch64")]
        {
            let before = read();
            // Bit 24 of FPCR is FZ.
            write(before | 1 << 24);
            FlushToZero { before }
        }
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        FlushToZero {}
    }
}

impl Drop for FlushToZero {
    fn drop(&mut self) {
        #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
        write(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
fn read() -> u64 {
    let mut csr = 0u32;
    // SAFETY: stores the control register to a local.
    unsafe { core::arch::asm!("stmxcsr [{}]", in(reg) &raw mut csr, options(nostack, preserves_flags)) };
    u64::from(csr)
}

#[cfg(target_arch = "x86_64")]
fn write(value: u64) {
    let csr = value as u32;
    // SAFETY: changes how denormals are handled and nothing else; `FlushToZero` restores it.
    unsafe { core::arch::asm!("ldmxcsr [{}]", in(reg) &raw const csr, options(nostack, preserves_flags)) };
}

#[cfg(target_arch = "aarch64")]
fn read() -> u64 {
    let fpcr: u64;
    // SAFETY: reads the control register.
    unsafe { core::arch::asm!("mrs {}, fpcr", out(reg) fpcr) };
    fpcr
}

#[cfg(target_arch = "aarch64")]
fn write(value: u64) {
    // SAFETY: changes how denormals are handled and nothing else; `FlushToZero` restores it.
    unsafe { core::arch::asm!("msr fpcr, {}", in(reg) value) };
}
