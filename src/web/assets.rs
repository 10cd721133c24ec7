//! The static files, all beneath a version that changes with any of them: `/static/<version>/…`.
//!
//! So a browser may keep each for good, and modules import each other by relative paths that nobody has to rewrite.
//! They are embedded in the binary; in development they can be read from the source tree, where a reload shows an edit.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest as _, Sha256};

use super::{fingerprint, hexadecimal, phone_formats};

/// The page that the client runs in. It is filled in before it is sent, and never sent as it is.
const TEMPLATE: &str = "index.html";
/// It stands beside the client's own files and is none of them: it is generated.
const PHONE_FORMATS: &str = "phone-formats.json";
/// What the names of files begin with that pages made on the server load.
const PAGES: &str = "pages/";

#[derive(Embed)]
#[folder = "src/web/client"]
struct Client;

#[derive(Embed)]
#[folder = "src/web/pages"]
struct Pages;

/// A file that browsers load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its media type.
    pub media_type: &'static str,
    /// What is in it.
    pub bytes: Bytes,
    /// Names what is in it: the inner part of a strong entity tag.
    pub tag: String,
}

impl Asset {
    /// The file, if it is of a kind that is served.
    fn new(name: &str, bytes: Bytes) -> Option<Self> {
        let media_type = match name.rsplit_once('.')?.1 {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "json" => "application/json",
            "png" => "image/png",
            "svg" => "image/svg+xml",
            "webmanifest" => "application/manifest+json",
            _ => return None,
        };
        Some(Self { media_type, tag: fingerprint(&bytes), bytes })
    }
}

/// All static files.
pub enum Assets {
    /// As they were when this program was built.
    Embedded(Bundle),
    /// As they are now.
    Disk(SourceTree),
}

/// The files of one version.
pub struct Bundle {
    version: String,
    template: String,
    assets: BTreeMap<String, Asset>,
}

/// The folder that others are built from, such as `src/web`.
pub struct SourceTree(PathBuf);

impl Assets {
    /// Those that were embedded when this program was built.
    pub fn embedded() -> Self {
        let embedded = |bytes: EmbeddedFile| match bytes.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let client = Client::iter().filter_map(|name| Some((name.clone().into_owned(), Client::get(&name)?)));
        let pages = Pages::iter().filter_map(|name| Some((format!("{PAGES}{name}"), Pages::get(&name)?)));
        let mut files: BTreeMap<_, _> = client.chain(pages).map(|(name, file)| (name, embedded(file))).collect();
        files.insert(PHONE_FORMATS.to_owned(), phone_formats::json());
        Self::Embedded(Bundle::new(files))
    }

    /// Those beneath a folder such as `src/web`, read anew whenever one is asked for. That blocks, and is for those
    /// who write the client.
    pub fn on_disk(root: impl Into<PathBuf>) -> Self {
        Self::Disk(SourceTree(root.into()))
    }

    /// The path that all of them are beneath, in their present version.
    pub fn base(&self) -> String {
        match self {
            Self::Embedded(bundle) => format!("/static/{}", bundle.version),
            Self::Disk(tree) => format!("/static/{}", version(&tree.files())),
        }
    }

    /// Whether what is beneath that version now is so for good.
    pub fn is_final(&self, version: &str) -> bool {
        matches!(self, Self::Embedded(bundle) if bundle.version == version)
    }

    /// The page that the client runs in, with its placeholders.
    pub fn template(&self) -> Cow<'_, str> {
        match self {
            Self::Embedded(bundle) => Cow::Borrowed(&bundle.template),
            Self::Disk(tree) => Cow::Owned(text(&tree.read(TEMPLATE).unwrap_or_default())),
        }
    }

    /// The file of that name, in the present version.
    pub fn get(&self, name: &str) -> Option<Asset> {
        match self {
            Self::Embedded(bundle) => bundle.assets.get(name).cloned(),
            Self::Disk(tree) => Asset::new(name, tree.read(name)?),
        }
    }
}

impl Bundle {
    fn new(files: BTreeMap<String, Bytes>) -> Self {
        let (version, template) = (version(&files), files.get(TEMPLATE).map(|bytes| text(bytes)).unwrap_or_default());
        let assets = files.into_iter().filter_map(|(name, bytes)| Asset::new(&name, bytes).map(|asset| (name, asset)));
        Self { version, template, assets: assets.collect() }
    }
}

impl SourceTree {
    /// Only what is listed is read: no name leads out of the folders, whatever is in it.
    fn read(&self, name: &str) -> Option<Bytes> {
        if name == PHONE_FORMATS {
            return Some(phone_formats::json());
        }
        fs::read(self.list().get(name)?).map(Bytes::from).ok()
    }

    fn files(&self) -> BTreeMap<String, Bytes> {
        let listed = self.list();
        let read = listed.into_iter().filter_map(|(name, path)| Some((name, Bytes::from(fs::read(path).ok()?))));
        read.chain([(PHONE_FORMATS.to_owned(), phone_formats::json())]).collect()
    }

    /// Where the files are, by name. What cannot be listed is not there.
    fn list(&self) -> BTreeMap<String, PathBuf> {
        let mut found = BTreeMap::new();
        let _ = list(&self.0.join("client"), "", &mut found);
        let _ = list(&self.0.join("pages"), PAGES, &mut found);
        found
    }
}

fn list(folder: &Path, prefix: &str, found: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            list(&path, &format!("{name}/"), found)?;
        } else {
            found.insert(name, path);
        }
    }
    Ok(())
}

/// Names all files: another name, or other bytes, and it is another. Lengths go first, so that no two lists of files
/// are the same to it.
fn version(files: &BTreeMap<String, Bytes>) -> String {
    let mut digest = Sha256::new();
    for part in files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]) {
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    hexadecimal(&digest.finalize(), 8)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web");

    fn files(entries: &[(&str, &'static str)]) -> BTreeMap<String, Bytes> {
        entries.iter().map(|(name, text)| ((*name).to_owned(), Bytes::from_static(text.as_bytes()))).collect()
    }

    #[test]
    fn what_is_embedded_is_what_is_on_disk() {
        let (embedded, disk) = (Assets::embedded(), Assets::on_disk(TREE));
        let mut names = SourceTree(TREE.into()).list().into_keys().collect::<Vec<_>>();
        names.push(PHONE_FORMATS.to_owned());
        for name in &names {
            assert_eq!(embedded.get(name), disk.get(name), "{name}");
        }
        assert!(names.contains(&"pages/mailbox.js".to_owned()) && names.contains(&TEMPLATE.to_owned()));
        assert_eq!((embedded.base(), embedded.template()), (disk.base(), disk.template()));
    }

    #[test]
    fn the_version_changes_with_any_name_and_any_byte() {
        let versions = [
            files(&[("a.js", "1"), ("b.js", "2")]),
            files(&[("a.js", "1"), ("b.js", "3")]),
            files(&[("a.js", "1"), ("c.js", "2")]),
            files(&[("a.js", "1b.js2")]),
            files(&[("a.js", ""), ("1b.js", "2")]),
        ]
        .map(|files| version(&files));
        assert_eq!(versions.iter().collect::<std::collections::BTreeSet<_>>().len(), versions.len());
        assert!(versions.iter().all(|it| it.len() == 16 && it.chars().all(|c| c.is_ascii_hexdigit())));
    }

    #[test]
    fn an_edit_on_disk_is_seen_at_once() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("client/views/a.js", "1");
        write("pages/a.css", "2");
        let assets = Assets::on_disk(root.path());
        let read = |name: &str| assets.get(name).map(|asset| text(&asset.bytes));
        assert_eq!((read("views/a.js").as_deref(), read("pages/a.css").as_deref()), (Some("1"), Some("2")));
        let before = assets.base();
        write("client/views/a.js", "3");
        assert_eq!(read("views/a.js").as_deref(), Some("3"));
        assert_ne!(assets.base(), before);
        assert!(!assets.is_final(before.strip_prefix("/static/").unwrap()));
    }

    #[test]
    fn nothing_else_is_served() {
        let absolute = format!("{TREE}/client/icon.svg");
        for assets in [Assets::embedded(), Assets::on_disk(TREE)] {
            for name in [
                "",
                ".",
                "views",
                "views/",
                "index.html",
                "../mod.rs",
                "../pages/pages.css",
                "pages/../../../../Cargo.toml",
                "views/../main.js",
                "./main.js",
                "/main.js",
                "..\\mod.rs",
                "main.js\0",
                "MAIN.JS",
                absolute.as_str(),
            ] {
                assert_eq!(assets.get(name), None, "{name}");
            }
        }
    }
}
