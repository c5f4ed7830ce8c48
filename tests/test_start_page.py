"""The start page that the dashboard serves in place of Streamlit's."""

from importlib import resources

from bandup.start_page import index_html


def test_the_start_page_says_where_the_server_is_and_preloads_no_font():
    original = resources.files("streamlit").joinpath("static", "index.html").read_text("utf-8")
    page = index_html()
    assert (original.count('as="font"'), page.count('as="font"')) == (1, 0)
    assert page.count("<script") == original.count("<script") + 1
    assert page.index("BACKEND_BASE_URL") < page.index('type="module"')
    assert "<title>BandUp results</title>" in page
