// Pages are one level below the start page, so the server is at `.` of every page.
const home = new URL(".", location.href).href
window.__streamlit = { BACKEND_BASE_URL: home, MAIN_PAGE_BASE_URL: home }

// Opens an address of the dashboard, `?` and the path relative to the start page. It makes one entry of the history, or
// takes the place of the current one, and is then followed as Back and Forward are.
window.openAddress = (relative, entry = "new") => {
  const address = new URL(`./${relative}`, location.href).href
  if (address !== location.href) history[entry === "same" ? "replaceState" : "pushState"]({}, "", address)
  dispatchEvent(new PopStateEvent("popstate"))
}

// Streamlit leaves the address as it was for a link within the page, and loads the start page again for a link in HTML.
addEventListener("click", event => {
  const link = event.target.closest("[data-testid=stPageLink] a, [data-testid=stHtml] a[href]:not([href^='#'], [href^='/'])")
  if (!link || link.origin !== location.origin || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  event.stopImmediatePropagation()
  openAddress(link.getAttribute("href"))  // empty for the start page
}, true)

// The Tab key leaves a table, as in the grid pattern of ARIA: Streamlit's grid would take it once per column.
addEventListener("keydown", event => {
  if (event.key === "Tab" && event.target.closest("[data-testid=stDataFrameResizable]")) event.stopImmediatePropagation()
}, true)

// The first field of the form to mark an attempt gets the focus, so that bands can be typed at once.
let focused = null
new MutationObserver(() => {
  const field = document.querySelector(".st-key-first_band input")
  if (!field) focused = null
  else if (field !== focused && (document.activeElement === document.body || !document.activeElement)) {
    focused = field
    field.focus()
  }
}).observe(document, { childList: true, subtree: true })
