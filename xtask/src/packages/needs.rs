//! What must be on the system, and the packages that bring it.

use super::Purpose;

/// Something that must be there, and the packages that bring it.
pub(super) struct Need {
    pub what: &'static str,
    /// A command that succeeds where it is there.
    pub probe: (&'static str, &'static [&'static str]),
    /// By package manager: apt, dnf, pacman.
    pub packages: [&'static str; 3],
    pub purpose: Purpose,
}

/// Everything that is looked for.
pub(super) const NEEDS: [Need; 13] = [
    Need {
        what: "a C compiler",
        probe: ("cc", &["--version"]),
        packages: ["gcc libc6-dev", "gcc", "gcc"],
        purpose: Purpose::Build,
    },
    Need {
        what: "pkg-config",
        probe: ("pkg-config", &["--version"]),
        packages: ["pkg-config", "pkgconf-pkg-config", "pkgconf"],
        purpose: Purpose::Build,
    },
    Need {
        what: "the ALSA library",
        probe: ("pkg-config", &["--exists", "alsa"]),
        packages: ["libasound2-dev", "alsa-lib-devel", "alsa-lib"],
        purpose: Purpose::Build,
    },
    Need {
        what: "the JACK library",
        probe: ("pkg-config", &["--exists", "jack"]),
        packages: ["libjack-jackd2-dev", "pipewire-jack-audio-connection-kit-devel", "jack2"],
        purpose: Purpose::Build,
    },
    Need {
        what: "a JACK server to test with",
        probe: ("jackd", &["--version"]),
        packages: ["jackd2", "jack-audio-connection-kit-example-clients", "jack2 jack-example-tools"],
        purpose: Purpose::Test,
    },
    Need {
        what: "Python, for the scripts that measure",
        probe: ("python3", &["--version"]),
        packages: ["python3", "python3", "python"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "scsynth",
        probe: ("scsynth", &["-v"]),
        packages: ["supercollider-server", "supercollider", "supercollider"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "supernova",
        probe: ("supernova", &["-v"]),
        packages: ["supercollider-supernova", "supercollider", "supercollider"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "Pure Data",
        probe: ("pd", &["-version"]),
        packages: ["puredata-core puredata-extra", "puredata", "pd"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "Csound",
        probe: ("csound", &["--version"]),
        packages: ["csound", "csound", "csound"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "ChucK",
        probe: ("chuck", &["--version"]),
        packages: ["chuck", "chuck", "chuck"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "Faust",
        probe: ("faust", &["--version"]),
        packages: ["faust", "faust", "faust"],
        purpose: Purpose::Peers,
    },
    Need {
        what: "a C++ compiler, for what Faust writes",
        probe: ("c++", &["--version"]),
        packages: ["g++", "gcc-c++", "gcc"],
        purpose: Purpose::Peers,
    },
];
