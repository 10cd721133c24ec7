// Says what is under the pointer. Without it the charts are the same.
const tip = document.getElementById("tip");
const round = (value) => value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(3);
for (const svg of document.querySelectorAll("svg[data-chart]")) {
  const chart = JSON.parse(svg.dataset.chart);
  const cursor = svg.querySelector(".cursor");
  const longest = chart.series.reduce((one, other) => other.points.length > one.points.length ? other : one);
  const leave = () => { tip.hidden = true; cursor.setAttribute("visibility", "hidden"); };
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    const nearest = (points) => points.reduce((one, other) => Math.abs(other[1] - at) < Math.abs(one[1] - at) ? other : one);
    if (!longest.points.length) return;
    const [x, place] = nearest(longest.points);
    const head = chart.x === "nines" ? `p${+((1 - 10 ** -x) * 100).toFixed(3)}` : `${x.toFixed(0)} ${chart.x}`;
    const lines = chart.series.filter((it) => it.points.length).map((it) => `${it.name}  ${round(nearest(it.points)[2])}`);
    tip.textContent = [head, ...lines].join("\n");
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
    cursor.setAttribute("visibility", "visible");
    tip.hidden = false;
    const left = Math.min(event.pageX + 14, document.documentElement.clientWidth - tip.offsetWidth - 8);
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${event.pageY + 14}px`;
  });
}
