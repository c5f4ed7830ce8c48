for (const place of document.querySelectorAll("[data-figure]")) {
  const { data, layout } = JSON.parse(place.dataset.figure);
  const words = place.firstElementChild;
  Plotly.newPlot(place, data, layout, { staticPlot: true, displayModeBar: false }).then(() => words.remove());
}
