//! Layouts of the present app: what is written is read, and what others write is understood.

use super::{named, read};
use crate::layout::tosc::*;
use crate::layout::{Carries, Layout, Sends};
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z /.]{0,12}",
        Just("]]>".to_owned()),
        Just("a]]>b]]>".to_owned()),
        Just("<&'\"> &amp; ]] \u{1f3b5} größe\n\ttab".to_owned()),
        // Space alone is indentation to a reader; text is not indented.
        "[^\\x00-\\x1f\\ufffe\\uffff\\s][^\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]{0,12}",
    ]
    .prop_filter("space alone", |text| text.is_empty() || !text.trim().is_empty())
}

fn setting() -> impl Strategy<Value = Setting> {
    prop_oneof![
        any::<bool>().prop_map(Setting::Switch),
        any::<i32>().prop_map(Setting::Int),
        (-1e6_f32..1e6).prop_map(Setting::Float),
        text().prop_map(Setting::Text),
        prop::array::uniform4(0.0_f32..1.0).prop_map(Setting::Color),
        prop::array::uniform4(-1e4_f32..1e4).prop_map(Setting::Frame),
    ]
}

fn partial() -> impl Strategy<Value = Partial> {
    use {Conversion as C, PartialKind as K};
    let kind = prop_oneof![Just(K::Constant), Just(K::Index), Just(K::Value), Just(K::Property)];
    let conversion = prop_oneof![Just(C::Boolean), Just(C::Integer), Just(C::Float), Just(C::String)];
    (kind, conversion, text(), -1e4_f32..1e4, -1e4_f32..1e4).prop_map(|(kind, conversion, value, min, max)| Partial {
        kind,
        conversion,
        value,
        min,
        max,
    })
}

fn triggers() -> impl Strategy<Value = Vec<Trigger>> {
    let condition = prop_oneof![Just(Condition::Any), Just(Condition::Rise), Just(Condition::Fall)];
    prop::collection::vec((text(), condition).prop_map(|(value, condition)| Trigger { value, condition }), 0..3)
}

fn wire() -> impl Strategy<Value = Wire> {
    (any::<[bool; 4]>(), "[01]{10}", triggers()).prop_map(
        |([enabled, send, receive, feedback], connections, triggers)| Wire {
            enabled,
            send,
            receive,
            feedback,
            connections,
            triggers,
        },
    )
}

fn message() -> impl Strategy<Value = Message> {
    let partials = || prop::collection::vec(partial(), 0..4);
    let osc = (wire(), partials(), partials()).prop_map(|(wire, path, arguments)| Osc { wire, path, arguments });
    let bytes = prop::collection::vec(
        partial().prop_map(|p| MidiValue { kind: p.kind, key: p.value, min: p.min, max: p.max }),
        0..4,
    );
    let midi = (wire(), "[A-Z_]{1,12}", 0..16, 0..128, 0..128, bytes).prop_map(
        |(wire, command, channel, data1, data2, values)| Midi { wire, command, channel, data1, data2, values },
    );
    let local =
        (any::<bool>(), triggers(), partial(), text(), text()).prop_map(|(enabled, triggers, carries, key, target)| {
            Local { enabled, triggers, sets: carries.kind, carries, key, target }
        });
    prop_oneof![osc.prop_map(Message::Osc), midi.prop_map(Message::Midi), local.prop_map(Message::Local)]
}

fn value() -> impl Strategy<Value = Value> {
    (text(), any::<[bool; 2]>(), text(), 0..100).prop_map(|(key, [locked, locked_default], default, pull)| Value {
        key,
        locked,
        locked_default,
        default,
        pull,
    })
}

const KINDS: [&str; 13] =
    ["BOX", "BUTTON", "LABEL", "TEXT", "FADER", "XY", "RADIAL", "ENCODER", "RADAR", "RADIO", "GROUP", "GRID", "PAGER"];

fn node() -> impl Strategy<Value = Node> {
    let kind = prop::sample::select(&KINDS[..]).prop_map(|name| Kind::from_name(name).unwrap());
    let property = (text(), setting()).prop_map(|(key, setting)| Property { key, setting });
    let list = |most| 0..most;
    let leaf = (
        text(),
        kind,
        prop::collection::vec(property, list(4)),
        prop::collection::vec(value(), list(3)),
        prop::collection::vec(message(), list(3)),
    )
        .prop_map(|(id, kind, properties, values, messages)| Node {
            // What XML does to line breaks in an attribute is known; numbers of controls have none.
            id: id.replace(['\n', '\t', '\r'], " "),
            kind,
            properties,
            values,
            messages,
            children: vec![],
        });
    leaf.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), prop::collection::vec(inner, 0..4)).prop_map(|(node, children)| Node { children, ..node })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(root in node()) {
        let tosc = Tosc::new(root);
        prop_assert_eq!(Tosc::read(&tosc.write()).unwrap(), tosc.clone());
        prop_assert_eq!(Tosc::read(tosc.xml().as_bytes()).unwrap(), tosc);
    }

    #[test]
    fn no_change_of_a_layout_breaks_its_reader(
        root in node(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let tosc = Tosc::new(root);
        let (mut xml, mut bytes) = (tosc.xml().into_bytes(), tosc.write());
        for (at, byte) in changes {
            let (x, y) = (at.index(xml.len()), at.index(bytes.len()));
            xml[x] = byte;
            bytes[y] = byte;
        }
        // Whatever comes of it: a layout, or what is wrong with it.
        for bytes in [xml, bytes] {
            if let Ok(layout) = Layout::read(&bytes) {
                layout.offers();
            }
        }
    }
}

#[test]
fn characters_that_xml_has_no_place_for_are_replaced() {
    let tosc = Tosc::new(named(Kind::Label, "a\u{0}b\u{1b}", vec![]));
    assert_eq!(Tosc::read(&tosc.write()).unwrap().root.text("name"), "a\u{fffd}b\u{fffd}");
}

#[test]
fn equal_layouts_have_equal_bytes_and_the_version_of_the_format() {
    let tosc = Tosc::new(named(Kind::Group, "x", vec![]));
    assert_eq!(tosc.write(), tosc.clone().write());
    assert_eq!(tosc.write()[..1], [0x78], "a zlib stream");
    assert!(tosc.xml().starts_with("<?xml version='1.0' encoding='UTF-8'?><lexml version='5'><node ID='"));
}

/// As an editor exports it: indented, with parts that are not known here.
const EXPORTED: &str = "<?xml version='1.0' encoding='UTF-8'?>
<lexml version='6'>
<node ID='a' type='GROUP'>
<includes></includes>
<properties>
<property type='s'><key><![CDATA[name]]></key><value><![CDATA[main]]></value></property>
<property type='r'><key><![CDATA[frame]]></key><value><x>0</x><y>-1.5</y><w>800</w><h>500</h></value></property>
<property type='i'><key>textSize</key><value>14.0</value></property>
</properties>
<children>
<node ID='b' type='GROUP'>
<properties><property type='s'><key>name</key><value>page 1</value></property></properties>
<children>
<node ID='c' type='XY'>
<properties><property type='s'><key>name</key><value>pad &amp; &#x41;</value></property></properties>
<messages>
<osc><enabled>1</enabled><send>1</send><receive>0</receive><noDuplicates>1</noDuplicates>
<path><partial><type>CONSTANT</type><value>/</value></partial>
<partial><type>PROPERTY</type><value>parent.name</value></partial>
<partial><type>CONSTANT</type><value>/</value></partial>
<partial><type>INDEX</type><conversion>INTEGER</conversion><value/><scaleMin>1</scaleMin><scaleMax>2</scaleMax></partial>
<partial><type>CONSTANT</type><value>/</value></partial>
<partial><type>VALUE</type><value>touch</value></partial></path>
<arguments><partial><type>VALUE</type><conversion>FLOAT</conversion><value>x</value><scaleMin>-1</scaleMin><scaleMax>1</scaleMax></partial>
<partial><type>VALUE</type><value>y</value></partial>
<partial><type>CONSTANT</type><value>hello</value></partial></arguments></osc>
<osc><send>0</send></osc>
<gamepad></gamepad>
<midi><message><type>CONTROLCHANGE</type><channel>2</channel><data1>74</data1><data2>0</data2></message>
<values><value><type>CONSTANT</type></value><value><type>CONSTANT</type></value>
<value><type>VALUE</type><key>x</key><scaleMin>0</scaleMin><scaleMax>127</scaleMax></value></values></midi>
</messages>
</node>
</children>
</node>
</children>
</node>
</lexml>
";

#[test]
fn what_an_editor_exports_is_understood() {
    let tosc = Tosc::read(EXPORTED.as_bytes()).unwrap();
    assert_eq!((tosc.version, tosc.root.kind, tosc.root.text("name")), (6, Kind::Group, "main"));
    assert_eq!(tosc.root.property("frame"), Some(&Setting::Frame([0.0, -1.5, 800.0, 500.0])));
    assert_eq!(tosc.root.property("textSize"), Some(&Setting::Int(14)));
    let pad = &tosc.root.children[0].children[0];
    assert_eq!((pad.text("name"), pad.messages.len()), ("pad & A", 4));
    assert_eq!(pad.messages[2], Message::Other("gamepad".into()));
    assert_eq!(tosc, read(EXPORTED).unwrap(), "packed, it is the same");
}

#[test]
fn messages_are_offered_with_address_and_ranges() {
    let offers = Layout::read(EXPORTED.as_bytes()).unwrap().offers();
    let [osc, midi] = &offers[..] else { panic!("{offers:#?}") };
    assert_eq!((&*osc.place, &*osc.control, &*osc.kind, osc.follows), ("page 1", "pad & A", "XY", false));
    let range = |value: &str, min, max| Carries::Range { value: value.into(), min, max };
    let carried = vec![range("x", -1.0, 1.0), range("y", 0.0, 1.0), Carries::Constant("hello".into())];
    assert_eq!(osc.sends, Sends::Osc { address: "/page 1/1/{touch}".into(), arguments: carried });
    let carries = range("x", 0.0, 127.0);
    assert_eq!(midi.sends, Sends::Midi { command: "CONTROLCHANGE".into(), channel: 3, number: Some(74), carries });
    assert_eq!([0.0, 0.25, 1.0].map(|x| range("x", -1.0, 1.0).at(x)), [Some(-1.0), Some(-0.5), Some(1.0)]);
    assert_eq!(Carries::Constant("a".into()).at(0.5), None);
}
