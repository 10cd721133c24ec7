// What this browser calls itself in the list of devices.

const BROWSERS = [
  ["Edg/", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
];
const SYSTEMS = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
];

const firstOf = (pairs) => pairs.find(([mark]) => navigator.userAgent.includes(mark))?.[1];

/** Such as "Firefox, Linux"; undefined where that cannot be told. */
export const deviceName = () => [firstOf(BROWSERS), firstOf(SYSTEMS)].filter(Boolean).join(", ") || undefined;
