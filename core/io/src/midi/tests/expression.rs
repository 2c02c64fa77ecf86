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
