//! Zones and channels of MPE.

use crate::midi::{Allocator, Moved, Number, Role, Zone, Zones};

fn zone(channel: u8, members: u16) -> Moved {
    Moved { channel, number: Number::Registered(6), value: members << 7 }
}

#[test]
fn zones_are_set_by_their_managers() {
    let mut zones = Zones::none();
    assert!(zones.take(&zone(0, 7)));
    assert_eq!(
        [0, 1, 7, 8, 15].map(|c| zones.role(c)),
        [Role::Manager(Zone::Lower), Role::Member(Zone::Lower), Role::Member(Zone::Lower), Role::Plain, Role::Plain]
    );
    assert!(zones.take(&zone(15, 10)));
    // The newer zone takes what it needs: 4 members are left below.
    assert_eq!(
        [4, 5, 14, 15].map(|c| zones.role(c)),
        [Role::Member(Zone::Lower), Role::Member(Zone::Upper), Role::Member(Zone::Upper), Role::Manager(Zone::Upper)]
    );
    // All of them, down to the first channel.
    zones.take(&zone(15, 15));
    assert_eq!([0, 1, 14].map(|c| zones.role(c)), [Role::Member(Zone::Upper); 3]);
    zones.take(&zone(15, 0));
    assert_eq!(zones, Zones::none());
    assert!(!zones.take(&zone(3, 5)), "other channels manage nothing");
}

#[test]
fn a_range_holds_for_all_members() {
    let mut zones = Zones::one();
    assert_eq!((zones.bend_range(0), zones.bend_range(9)), (2.0, 48.0));
    zones.take(&Moved { channel: 3, number: Number::Registered(0), value: 24 << 7 | 50 });
    assert_eq!((zones.bend_range(0), zones.bend_range(9)), (2.0, 24.5));
    assert_eq!(zones.reach(0).count(), 16);
    assert_eq!(zones.reach(5).collect::<Vec<_>>(), [5]);
    assert_eq!((zones.manager(5), zones.manager(0)), (Some(0), None));
}

#[test]
fn a_zone_that_is_set_leaves_the_ranges_of_the_other() {
    let range = |channel: u8, semitones: u16| Moved { channel, number: Number::Registered(0), value: semitones << 7 };
    let mut zones = Zones::none();
    zones.take(&zone(0, 5));
    zones.take(&range(3, 24));
    zones.take(&range(0, 7));
    zones.take(&range(6, 12));
    zones.take(&zone(15, 5));
    assert_eq!([0, 1, 5, 6, 8, 10, 14, 15].map(|c| zones.bend_range(c)), [7.0, 24.0, 24.0, 12.0, 2.0, 48.0, 48.0, 2.0]);
    // What the upper zone takes of the lower begins anew, and what it sets anew of its own.
    zones.take(&range(12, 36));
    zones.take(&zone(15, 11));
    assert_eq!([0, 1, 3, 4, 14].map(|c| zones.bend_range(c)), [7.0, 24.0, 24.0, 48.0, 48.0]);
    zones.take(&zone(15, 0));
    assert_eq!([1, 3, 4, 14].map(|c| zones.bend_range(c)), [24.0, 24.0, 2.0, 2.0]);
}

#[test]
fn notes_get_channels_of_their_own_as_long_as_there_are_any() {
    let mut zones = Zones::none();
    zones.set(Zone::Lower, 3);
    let mut allocator = Allocator::new(&zones, Zone::Lower);
    let first: Vec<_> = (0..3).map(|_| allocator.begin().unwrap()).collect();
    assert_eq!(first, [1, 2, 3]);
    // A fourth shares; of free channels the one left longest ago comes first.
    assert_eq!(allocator.begin(), Some(1));
    allocator.end(3);
    allocator.end(2);
    assert_eq!([allocator.begin(), allocator.begin()], [Some(3), Some(2)]);
    allocator.end(9);
    assert_eq!(Allocator::new(&Zones::none(), Zone::Upper).begin(), None);
}
