//! Sets that name files from elsewhere are whole afterwards, or untouched.

use super::*;
use std::fs;

struct Scene {
    dir: tempfile::TempDir,
}

const SAMPLER: &str = "beatforge = 1\n\n[nodes]\n# the kick\na = { type = \"sampler\", file = \"@/one/kick.wav\" } # loud\n\
    b = { type = \"sampler\", file = \"@/two/kick.wav\" }\nc = { type = \"sampler\", file = \"@/two/same.wav\" }\n\
    d = { type = \"sampler\", file = \"../one/kick.wav\" }\ne = { type = \"sampler\", file = \"bd\" }\n\
    p = { type = \"patch\", file = \"@/lib/voice.toml\" }\nn = { type = \"clip\", file = \"@/one/a.mid\" }\nout = { type = \"output\" }\n\n[cables]\n\"out\" = [\"a\", \"b\"]\n";
const VOICE: &str = "beatforge = 1\n# a voice\n[nodes]\ns = { type = \"sampler\", file = \"@/two/kick.wav\" }\n\
    q = { type = \"patch\", file = \"@/lib/inner.toml\" }\n[outputs]\nout = \"s\"\n";
const INNER: &str = "beatforge = 1\n[nodes]\ns = { type = \"sine\" }\n[outputs]\nout = \"s\"\n";

impl Scene {
    fn new() -> Scene {
        let scene = Scene { dir: tempfile::tempdir().unwrap() };
        for (path, text) in [
            ("one/kick.wav", "one"),
            ("two/kick.wav", "two"),
            ("two/same.wav", "one"),
            ("one/a.mid", "notes"),
            ("lib/voice.toml", VOICE),
            ("lib/inner.toml", INNER),
            ("set/set.toml", SAMPLER),
        ] {
            scene.write(path, text);
        }
        scene
    }
    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }
    /// `@` stands for the folder of the scene.
    fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), text.replace('@', &self.dir.path().to_string_lossy().replace('\\', "/"))).unwrap();
    }
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }
    fn collect(&self, existing: Existing, dry: bool) -> Result<Collected, CollectError> {
        collect(&CollectRequest { set: self.at("set"), existing, dry }, &crate::registry())
    }
    /// Every file below the set with what it holds.
    fn set(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let (mut all, mut folders) = (BTreeMap::new(), vec![self.at("set")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    all.insert(path.clone(), Vec::new());
                    folders.push(path);
                } else {
                    all.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        all
    }
}

#[test]
fn every_outside_file_comes_in_and_the_texts_keep_the_rest() {
    let scene = Scene::new();
    let done = scene.collect(Existing::Keep, false).unwrap();
    let two = format!("samples/kick-{:02x}{:02x}{:02x}{:02x}.wav", 0x3f, 0xc4, 0xcc, 0xfe);
    let text = scene.read("set/set.toml");
    let expected = SAMPLER
        .replace("@/one/kick.wav", "samples/kick.wav")
        .replace("@/two/kick.wav", &two)
        .replace("@/two/same.wav", "samples/same.wav")
        .replace("../one/kick.wav", "samples/kick.wav")
        .replace("@/one/a.mid", "clips/a.mid")
        .replace("@/lib/voice.toml", "patches/voice.toml");
    assert_eq!(text, expected);
    assert_eq!((scene.read("set/samples/kick.wav"), scene.read(&format!("set/{two}"))), ("one".into(), "two".into()));
    let voice = VOICE.replace("@/two/kick.wav", &two).replace("@/lib/inner.toml", "patches/inner.toml");
    assert_eq!(scene.read("set/patches/voice.toml"), voice);
    // What was brought in stays as it was where it came from.
    assert!(scene.read("lib/voice.toml").contains("two/kick.wav"));
    assert_eq!(done.texts, [(scene.at("set/set.toml"), 6)]);
    assert_eq!(scene.set().len(), 1 + 3 + 3 + 1 + 2, "{:?}", scene.set().keys());
    // A second time there is nothing to do.
    assert_eq!(scene.collect(Existing::Keep, false).unwrap(), Collected::default());
}

#[test]
fn a_dry_run_tells_the_same_and_writes_nothing() {
    let scene = Scene::new();
    let before = scene.set();
    let told = scene.collect(Existing::Keep, true).unwrap();
    assert_eq!(scene.set(), before);
    assert_eq!(scene.collect(Existing::Keep, false).unwrap(), told);
}

#[test]
fn files_of_the_set_stay_and_those_alike_are_shared() {
    let scene = Scene::new();
    scene.write("set/samples/kick.wav", "mine");
    scene.write("set/samples/same.wav", "one");
    scene.write("set/set.toml", &SAMPLER.replace("bd", "@/set/samples/kick.wav"));
    let done = scene.collect(Existing::Keep, false).unwrap();
    assert_eq!((scene.read("set/samples/kick.wav"), scene.read("set/samples/same.wav")), ("mine".into(), "one".into()));
    let shared = done.files.iter().find(|f| f.from == scene.at("two/same.wav")).unwrap();
    assert_eq!((shared.to.as_str(), shared.there), ("samples/same.wav", true));
    // A file of the set that was named from its root is named from the set.
    assert!(scene.read("set/set.toml").contains("e = { type = \"sampler\", file = \"samples/kick.wav\" }"));
}

#[test]
fn a_name_that_is_taken_twice_asks_for_force() {
    let scene = Scene::new();
    scene.write("set/samples/kick.wav", "mine");
    let hashed = scene.collect(Existing::Keep, true).unwrap().files;
    let hashed = &hashed.iter().find(|f| f.from == scene.at("one/kick.wav")).unwrap().to;
    scene.write(&format!("set/{hashed}"), "mine too");
    let before = scene.set();
    let error = scene.collect(Existing::Keep, false).unwrap_err().to_string();
    assert!(error.contains(hashed) && error.contains("--force"), "{error}");
    assert_eq!(scene.set(), before);
    scene.collect(Existing::Replace, false).unwrap();
    assert_eq!(
        (scene.read(&format!("set/{hashed}")), scene.read("set/samples/kick.wav")),
        ("one".into(), "mine".into())
    );
}

#[test]
fn what_cannot_be_read_or_written_leaves_the_set_as_it_was() {
    let scene = Scene::new();
    fs::remove_file(scene.at("two/kick.wav")).unwrap();
    let before = scene.set();
    let error = scene.collect(Existing::Keep, false).unwrap_err().to_string();
    for said in ["set.toml: b.file names", "voice.toml: s.file names", "two/kick.wav", "nothing was changed"] {
        assert!(error.contains(said), "{error}");
    }
    assert_eq!(scene.set(), before);
    let scene = Scene::new();
    scene.write("set/patches", "a file where the folder should be");
    let before = scene.set();
    let error = scene.collect(Existing::Keep, false).unwrap_err().to_string();
    assert!(error.contains("patches") && error.ends_with("Nothing was changed"), "{error}");
    // The samples had been copied by then.
    assert_eq!(scene.set(), before);
}

#[test]
fn a_failure_among_the_names_takes_back_those_given() {
    let scene = Scene::new();
    scene.write("set/a.toml", "old");
    fs::create_dir_all(scene.at("set/in-the-way")).unwrap();
    let before = scene.set();
    let mut stage = Stage::default();
    stage.add(scene.at("set/new/file"), Content::File(scene.at("one/kick.wav")));
    stage.add(scene.at("set/a.toml"), Content::Text("new".into()));
    // A folder takes no file's place.
    stage.add(scene.at("set/in-the-way"), Content::Text("x".into()));
    assert!(matches!(stage.write(), Err(CollectError::Write { .. })));
    assert_eq!(scene.set(), before);
}

#[test]
fn patches_that_contain_each_other_are_told() {
    let scene = Scene::new();
    scene.write("lib/inner.toml", "beatforge = 1\n[nodes]\nv = { type = \"patch\", file = \"@/lib/voice.toml\" }\n");
    let error = scene.collect(Existing::Keep, false).unwrap_err().to_string();
    assert!(error.contains("contains itself"), "{error}");
}
