//! What should hold of any page: nothing in the console, no barriers, nothing beyond the edge. And pictures of it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use fantoccini::error::CmdError;
use serde_json::{Value, json};

use super::{Browser, driver::Extension};

/// axe-core finds what breaks these rules of WCAG 2.2 that a program can find, and some habits that are good.
const AXE: &str = r#"
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
return axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }).then(({ violations }) =>
    violations.map(({ id, help, impact, nodes }) => ({
        id, help, impact, count: nodes.length,
        nodes: nodes.slice(0, 5).map((it) => `${it.target.flat().join(" ")}\n${it.html}\n${it.failureSummary}`),
    })))"#;

/// The elements that reach beyond the right edge of the page, the widest first, each with how far it reaches.
const OVERFLOW: &str = r#"
const root = document.documentElement;
if (root.scrollWidth <= root.clientWidth) return [];
const name = (it) => [it.tagName.toLowerCase(), it.id && `#${it.id}`, ...[...it.classList].map((c) => `.${c}`)].join("");
const reach = (it) => Math.round(it.getBoundingClientRect().right + scrollX);
const beyond = [...document.querySelectorAll("body *")].filter((it) => reach(it) > root.clientWidth);
beyond.sort((a, b) => reach(b) - reach(a));
const said = beyond.slice(0, 8).map((it) => `${name(it)} reaches ${reach(it)} px`);
return [`the page is ${root.scrollWidth} px wide, and the screen ${root.clientWidth}`, ...said]"#;

impl Browser {
    /// The errors in the console since it was last asked: of scripts, of policies, of what could not be loaded. What
    /// became of requests to the API is left out, since it refuses things on purpose; so is the icon that browsers ask
    /// for of their own accord.
    pub async fn console_errors(&self) -> Vec<String> {
        let log = self.client.issue_cmd(Extension::post("se/log", json!({"type": "browser"}))).await.unwrap();
        let entries = log.as_array().into_iter().flatten().filter(|entry| entry["level"] == "SEVERE");
        let messages = entries.map(|entry| entry["message"].as_str().unwrap_or_default().to_owned());
        let [api, icon] = ["/v1/", "/favicon.ico "].map(|path| format!("{}{path}", self.base));
        let socket = format!("WebSocket connection to '{}", api.replacen("http", "ws", 1));
        let is_expected = |it: &str| it.starts_with(&api) || it.starts_with(&icon) || it.contains(&socket);
        messages.filter(|message| !is_expected(message)).collect()
    }

    /// Asserts that axe-core finds no barrier in the page as it is now.
    pub async fn assert_accessible(&self) {
        let violations = self.violations().await.unwrap();
        let path = self.path().await;
        assert!(violations.is_empty(), "barriers at {path}:\n{}", violations.join("\n"));
    }

    async fn violations(&self) -> Result<Vec<String>, CmdError> {
        if self.run("return typeof axe === 'undefined'", &[]).await? == true {
            self.run(axe(), &[]).await?;
        }
        let violations = self.run(AXE, &[]).await?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let told = |violation: &Value| {
            let [id, impact, help] = ["id", "impact", "help"].map(|member| text(&violation[member]));
            let nodes: Vec<String> = violation["nodes"].as_array().into_iter().flatten().map(text).collect();
            format!("{id} ({impact}), {} times: {help}\n{}\n", violation["count"], nodes.join("\n\n"))
        };
        Ok(violations.as_array().into_iter().flatten().map(told).collect())
    }

    /// Asserts that the page does not scroll sideways.
    pub async fn assert_fits(&self) {
        let beyond = self.eval(OVERFLOW, &[]).await;
        let path = self.path().await;
        assert_eq!(beyond, json!([]), "beyond the edge at {path}");
    }

    /// Saves a picture of the whole page as `screenshots/NAME.png` in the target directory, and says where that is.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let metrics = self.cdp("Page.getLayoutMetrics", json!({})).await.unwrap();
        let [width, height] = ["width", "height"].map(|side| metrics["cssContentSize"][side].clone());
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let options = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.cdp("Page.captureScreenshot", options).await.unwrap();
        let bytes = STANDARD.decode(picture["data"].as_str().expect("a picture")).unwrap();
        let folder = target().join("screenshots");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name).with_extension("png");
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// The target directory, wherever it is.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a directory in the target directory")
}

/// axe-core, from where `.ci/setup` puts it.
fn axe() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let file = target().join("axe/axe_playwright_python/axe.min.js");
        fs::read_to_string(file).expect("axe-core is missing. Run `.ci/setup test`.")
    })
}
