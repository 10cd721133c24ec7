//! What people do with a page. Things are found as Chromium tells them to a screen reader, by role and accessible
//! name, so what is hidden, inert or behind a dialog is not there.

use fantoccini::{
    Locator,
    actions::{InputSource as _, KeyAction, KeyActions},
    elements::ElementRef,
    error::{CmdError, ErrorStatus},
};
use serde_json::{Value, json};

use super::{Browser, Element, Key, driver::Extension};

const BUTTON: &[&str] = &["button", "DisclosureTriangle"];
const LINK: &[&str] = &["link"];
const HEADING: &[&str] = &["heading"];
/// The last four are Chromium's names for inputs that ARIA has no role for.
const FIELD: &[&str] = &[
    "checkbox",
    "combobox",
    "listbox",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "textbox",
    "ColorWell",
    "Date",
    "DateTime",
    "InputTime",
];

/// Whether the page has that text, as it is rendered. Lines and spaces are one.
const HAS_TEXT: &str = r#"return document.body.innerText.replace(/\s+/g, " ").includes(arguments[0])"#;

/// Whether an element of these is visible and has that text.
const SAYS: &str = r#"
const says = (it) => it.checkVisibility() && it.innerText.replace(/\s+/g, " ").includes(arguments[1]);
return [...document.querySelectorAll(arguments[0])].some(says)"#;

/// The option of a list that has that text.
const OPTION: &str = "return [...arguments[0].options].find((it) => it.text === arguments[1]) ?? null";

/// Keys are of no use for inputs whose parts are in the order of the locale.
const SET_VALUE: &str = r#"
const [input, value] = arguments;
if (!["date", "datetime-local", "month", "time", "week"].includes(input.type)) return false;
input.value = value;
for (const event of ["input", "change"]) input.dispatchEvent(new Event(event, { bubbles: true }));
return true"#;

/// Finding. Each waits until there is exactly one.
impl Browser {
    /// The form control of that label.
    pub async fn field(&self, label: &str) -> Element {
        self.only(FIELD, label).await
    }

    pub async fn button(&self, name: &str) -> Element {
        self.only(BUTTON, name).await
    }

    pub async fn link(&self, name: &str) -> Element {
        self.only(LINK, name).await
    }

    pub async fn heading(&self, text: &str) -> Element {
        self.only(HEADING, text).await
    }

    /// The element of any other role, as Chromium calls it.
    pub async fn element(&self, role: &str, name: &str) -> Element {
        self.only(&[role], name).await
    }

    /// Waits until there is no element of that role and name.
    pub async fn element_gone(&self, role: &str, name: &str) {
        let gone = async || Ok(self.exposed(&[role], name).await?.is_empty().then_some(()));
        self.wait_for(&format!("the {role} {name:?} is gone"), gone).await;
    }

    /// Waits until the page has that text.
    pub async fn text_appears(&self, text: &str) {
        let there = async || Ok((self.run(HAS_TEXT, &[json!(text)]).await? == true).then_some(()));
        self.wait_for(&format!("{text:?} appears"), there).await;
    }

    /// Waits until the page does not have that text.
    pub async fn text_gone(&self, text: &str) {
        let gone = async || Ok((self.run(HAS_TEXT, &[json!(text)]).await? == false).then_some(()));
        self.wait_for(&format!("{text:?} is gone"), gone).await;
    }

    /// Waits for that text in an alert.
    pub async fn alert(&self, text: &str) {
        self.says("[role=alert]", text).await;
    }

    /// Waits for that text in a status message.
    pub async fn status(&self, text: &str) {
        self.says("[role=status], output", text).await;
    }

    async fn says(&self, selector: &str, text: &str) {
        let says = async || Ok((self.run(SAYS, &[json!(selector), json!(text)]).await? == true).then_some(()));
        self.wait_for(&format!("one of {selector} says {text:?}"), says).await;
    }

    async fn only(&self, roles: &[&str], name: &str) -> Element {
        let find = async || self.find_only(roles, name).await;
        self.wait_for(&format!("there is one {} {name:?}", roles.join(" or ")), find).await
    }

    async fn find_only(&self, roles: &[&str], name: &str) -> Result<Option<Element>, CmdError> {
        let mut found = self.exposed(roles, name).await?;
        Ok(if found.len() == 1 { found.pop() } else { None })
    }

    /// The elements of one of these roles and that name.
    async fn exposed(&self, roles: &[&str], name: &str) -> Result<Vec<Element>, CmdError> {
        // chromedriver's names for elements begin with the document's, and end with the number that Chromium knows
        // the element by.
        let root = self.client.find(Locator::Css("html")).await?.element_id();
        let (document, _) = root.rsplit_once('.').expect("chromedriver's names of elements have dots");
        let tree = self.cdp("DOM.getDocument", json!({"depth": 0})).await?;
        let query = json!({"nodeId": tree["root"]["nodeId"], "accessibleName": name});
        let answer = self.cdp("Accessibility.queryAXTree", query).await?;
        let is_it = |node: &&Value| {
            node["ignored"] == false && node["role"]["value"].as_str().is_some_and(|role| roles.contains(&role))
        };
        let nodes = answer["nodes"].as_array().into_iter().flatten().filter(is_it);
        let elements = nodes.map(|node| ElementRef::from(format!("{document}.{}", node["backendDOMNodeId"])));
        Ok(elements.map(|element| Element::from_element_id(self.client.clone(), element)).collect())
    }
}

/// Doing. Each waits until it can be done.
impl Browser {
    /// Clicks the button of that name, once it is enabled.
    pub async fn press(&self, name: &str) {
        self.click(BUTTON, name).await;
    }

    /// Clicks the link of that name.
    pub async fn follow(&self, name: &str) {
        self.click(LINK, name).await;
    }

    /// Clicks the checkbox or radio button of that label.
    pub async fn tick(&self, label: &str) {
        self.click(FIELD, label).await;
    }

    /// Puts a text in the place of what is in the field of that label. Dates and times are as in the value of an
    /// input: `1990-05-17`.
    pub async fn fill(&self, label: &str, text: &str) {
        let typed = if text.is_empty() { Key::Delete.to_string() } else { text.to_owned() };
        let keys = format!("{}a{}{typed}", Key::Control, Key::Null);
        let fill = async || {
            let Some(field) = self.find_only(FIELD, label).await? else { return Ok(None) };
            if self.run(SET_VALUE, &[json!(&field), json!(text)]).await? != true {
                field.send_keys(&keys).await?;
            }
            Ok(Some(()))
        };
        self.wait_for(&format!("{label:?} can be filled in"), fill).await;
    }

    /// Chooses the option of that text in the list of that label.
    pub async fn choose(&self, label: &str, option: &str) {
        let choose = async || {
            let Some(field) = self.find_only(FIELD, label).await? else { return Ok(None) };
            let found = self.run(OPTION, &[json!(field), json!(option)]).await?;
            let Some(found) = found.as_object().and_then(|element| element.values().next()?.as_str()) else {
                return Ok(None);
            };
            let element = ElementRef::from(found.to_owned());
            Element::from_element_id(self.client.clone(), element).click().await.map(Some)
        };
        self.wait_for(&format!("{label:?} has the option {option:?}"), choose).await;
    }

    async fn click(&self, roles: &[&str], name: &str) {
        let click = async || {
            let Some(element) = self.find_only(roles, name).await? else { return Ok(None) };
            let busy = element.attr("aria-disabled").await?.is_some_and(|value| value == "true");
            if busy || !element.is_enabled().await? {
                return Ok(None);
            }
            match element.click().await {
                Err(CmdError::Standard(refusal)) if was_not_clicked(&refusal.error) => Ok(None),
                clicked => Ok(Some(clicked)),
            }
        };
        let what = format!("one {} {name:?} can be clicked", roles.join(" or "));
        self.wait_for(&what, click).await.unwrap_or_else(|error| panic!("{name:?}: {error}"));
    }

    /// Presses these keys one after the other, wherever the focus is. Shift, Control and Alt stay down until the end:
    /// `[Key::Shift, Key::Tab]`. For text, see [`Self::type_text`].
    pub async fn keys(&self, keys: &[Key]) {
        self.press_and_release(&keys.iter().map(|key| char::from(*key)).collect::<String>()).await;
    }

    /// Types a text, wherever the focus is.
    pub async fn type_text(&self, text: &str) {
        self.press_and_release(text).await;
    }

    async fn press_and_release(&self, keys: &str) {
        let held = [Key::Shift, Key::Control, Key::Alt].map(char::from);
        let mut actions = KeyActions::new("keyboard".into());
        for value in keys.chars() {
            actions = actions.then(KeyAction::Down { value });
            if !held.contains(&value) {
                actions = actions.then(KeyAction::Up { value });
            }
        }
        self.client.perform_actions(actions).await.unwrap();
        self.client.release_actions().await.unwrap();
    }

    /// What has the focus: its tag and its accessible name, such as `button Send`.
    pub async fn active_element(&self) -> String {
        self.active().await.unwrap()
    }

    /// Waits until that has the focus.
    pub async fn active_element_becomes(&self, expected: &str) {
        let there = async || Ok((self.active().await? == expected).then_some(()));
        self.wait_for(&format!("the focus is at {expected:?}"), there).await;
    }

    async fn active(&self) -> Result<String, CmdError> {
        let element = self.client.active_element().await?;
        let label = Extension::get(format!("element/{}/computedlabel", element.element_id()));
        let name = self.client.issue_cmd(label).await?;
        let tag = element.tag_name().await?.to_lowercase();
        Ok(format!("{tag} {}", name.as_str().unwrap_or_default()).trim_end().to_owned())
    }
}

/// Something is still in the way, or it has just been replaced.
fn was_not_clicked(refusal: &ErrorStatus) -> bool {
    use ErrorStatus::{ElementClickIntercepted, ElementNotInteractable, StaleElementReference};
    matches!(refusal, ElementClickIntercepted | ElementNotInteractable | StaleElementReference)
}
