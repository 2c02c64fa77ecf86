//! What the start of the program needed and the set does not: code that has run once is given back to the system.
#![cfg_attr(target_os = "linux", allow(unsafe_code, reason = "asks the C library where the program lies in memory"))]

/// Gives the system back what is mapped of the program's code and constants, and memory that is free. What is needed again
/// comes back by itself, from the file or from the system's memory of it; to be called before the sound begins, which is not
/// to wait for that.
///
/// Opening a set runs through code that is strewn all over the program, and the system maps sixteen pages around each
/// that is touched: two thirds of the memory that a set without a window takes are such pages.
#[cfg(target_os = "linux")]
pub(crate) fn give_back() {
    // SAFETY: the callback has the type that is asked for, and is given nothing.
    unsafe { libc::dl_iterate_phdr(Some(give_back_program), core::ptr::null_mut()) };
    // What texts and plans were made in lies free between what stays.
    trim();
}

/// Gives the system back memory that was asked for and is free.
pub(crate) fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it only gives back what nobody holds.
    unsafe {
        libc::malloc_trim(0)
    };
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn give_back() {}

/// Gives back what is read-only of the first of the loaded objects, which is the program itself.
#[cfg(target_os = "linux")]
unsafe extern "C" fn give_back_program(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    _nothing: *mut libc::c_void,
) -> libc::c_int {
    // SAFETY: the C library gives an object that lives as long as this call, with so many headers.
    let (base, headers) =
        unsafe { ((*object).dlpi_addr, core::slice::from_raw_parts((*object).dlpi_phdr, (*object).dlpi_phnum.into())) };
    const PAGE: u64 = 4096;
    for header in headers.iter().filter(|h| h.p_type == libc::PT_LOAD && h.p_flags & libc::PF_W == 0) {
        let (from, to) = (base + header.p_vaddr, base + header.p_vaddr + header.p_memsz);
        let (from, to) = (from.next_multiple_of(PAGE), to / PAGE * PAGE);
        if from < to {
            // SAFETY: nothing writes there, so that what is read again is what was there. Where pages are larger or
            // locked the system refuses, and they stay.
            unsafe { libc::madvise(from as *mut libc::c_void, (to - from) as usize, libc::MADV_DONTNEED) };
        }
    }
    // The others are libraries, which are mapped for other programs, too.
    1
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    /// Kilobytes of the program's code that are mapped.
    fn mapped() -> u64 {
        let program = std::env::current_exe().unwrap();
        let text = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let mut lines = text.lines();
        let is_code = |line: &&str| line.contains(" r-xp ") && line.ends_with(program.to_str().unwrap());
        let mut all = 0;
        while lines.by_ref().find(is_code).is_some() {
            let rss = lines.by_ref().find_map(|line| line.strip_prefix("Rss:")).unwrap();
            all += rss.trim().trim_end_matches(" kB").parse::<u64>().unwrap();
        }
        all
    }

    #[test]
    fn code_that_has_run_is_given_back_and_runs_again() {
        // Other tests run beside this one.
        let given = (0..5).any(|_| {
            let before = mapped();
            super::give_back();
            before > 1000 && mapped() < before
        });
        assert!(given, "{} kB are mapped", mapped());
    }
}
