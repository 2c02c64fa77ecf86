//! Layouts of the old app.

use super::zipped;
use crate::layout::{Carries, Layout, Legacy, Sends};
use data_encoding::BASE64;

fn layout(controls: &str) -> Vec<u8> {
    let page = BASE64.encode(b"mix");
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<layout version=\"17\" mode=\"1\" orientation=\"horizontal\">\n\
         <tabpage name=\"{page}\" scalef=\"0.0\" scalet=\"1.0\">{controls}</tabpage></layout>"
    );
    zipped(&[("__MACOSX/._index.xml", b"x"), ("index.xml", xml.as_bytes())])
}

fn control(kind: &str, more: &str) -> String {
    let name = BASE64.encode(format!("{kind}1").as_bytes());
    format!("<control name=\"{name}\" type=\"{kind}\" x=\"1\" y=\"2\" w=\"3\" h=\"4\" {more}></control>")
}

/// Addresses with how many values they carry.
fn addresses(layout: &[u8]) -> Vec<(String, usize)> {
    let offers = Layout::read(layout).unwrap().offers();
    let osc = offers.into_iter().filter_map(|offer| match offer.sends {
        Sends::Osc { address, arguments } => Some((address, arguments.len())),
        Sends::Midi { .. } => None,
    });
    osc.collect()
}

#[test]
fn names_are_decoded_and_make_the_address_where_none_is_given() {
    let given = BASE64.encode(b"/filter/cutoff");
    let one = control("faderv", &format!("osc_cs=\"{given}\" scalef=\"20\" scalet=\"2000\""));
    let Layout::Legacy(legacy) = Layout::read(&layout(&[one, control("toggle", "")].concat())).unwrap() else {
        panic!()
    };
    assert_eq!((legacy.version, legacy.pages.len(), &*legacy.pages[0].name), (17, 1, "mix"));
    let [fader, toggle] = &legacy.pages[0].controls[..] else { panic!() };
    assert_eq!((&*fader.name, &*fader.address, fader.min, fader.max), ("faderv1", "/filter/cutoff", 20.0, 2000.0));
    assert_eq!(fader.frame, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!((&*toggle.address, toggle.min, toggle.max), ("/mix/toggle1", 0.0, 1.0));
}

#[test]
fn each_part_of_a_control_has_its_address() {
    let all = [
        control("xy", ""),
        control("multifaderv", "number=\"3\""),
        control("labelh", "text=\"YQ==\""),
        control("multitoggle", "number_x=\"2\" number_y=\"2\""),
        control("led", ""),
    ];
    let expected = [
        ("/mix/xy1", 2),
        ("/mix/multifaderv1/1", 1),
        ("/mix/multifaderv1/2", 1),
        ("/mix/multifaderv1/3", 1),
        ("/mix/multitoggle1/1/1", 1),
        ("/mix/multitoggle1/1/2", 1),
        ("/mix/multitoggle1/2/1", 1),
        ("/mix/multitoggle1/2/2", 1),
    ];
    assert_eq!(addresses(&layout(&all.concat())), expected.map(|(address, n)| (address.to_owned(), n)));
}

#[test]
fn controllers_are_offered_beside_addresses() {
    let midi = "<midi var=\"x\" type=\"0\" channel=\"2\" data1=\"7\" data2f=\"0\" data2t=\"127\"/>";
    let fader = control("faderh", "").replace("></control>", &format!(">{midi}</control>"));
    let offers = Layout::read(&layout(&fader)).unwrap().offers();
    let carries = Carries::Range { value: "x".into(), min: 0.0, max: 127.0 };
    let sends = Sends::Midi { command: "CONTROLCHANGE".into(), channel: 2, number: Some(7), carries };
    assert_eq!((offers.len(), &offers[1].sends), (2, &sends));
}

#[test]
fn an_archive_that_is_no_layout_says_so() {
    let error = |bytes: &[u8]| Legacy::read(bytes).unwrap_err().to_string();
    assert_eq!(
        error(&zipped(&[("a.txt", b"a")])),
        "the archive holds no `index.xml`: it is no layout of the old TouchOSC"
    );
    assert_eq!(
        error(&zipped(&[("index.xml", b"<html/>")])),
        "byte 0: an old layout begins with `<layout>`, this one with `<html>`"
    );
    let many = control("multifaderv", "number=\"4000000000\"");
    assert!(error(&layout(&many)).contains("the control `multifaderv1` has 4000000000 parts; 64 are the most"));
}
