import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.errors import InvalidError
from diptych.web.annotate.handlebars import render
from diptych.web.annotate.handlebars.parsing import parse

RECORD = {
    "name": "Ada",
    "image 1": "one.png",
    "tags": ["red", "blue"],
    "size": {"width": 3, "height": 4.0},
    "empty": [],
    "nothing": {},
    "zero": 0,
    "yes": True,
    "none": None,
    "rows": [{"cells": [1, 2]}, {"cells": [3]}],
    "html": "<b title='x'>\"&`=",
}


@pytest.mark.parametrize(
    ("template", "html"),
    [
        ("plain <b>HTML</b> { } }}", "plain <b>HTML</b> { } }}"),
        ("{{name}} {{ name }} {{./name}} {{this.name}}", "Ada Ada Ada Ada"),
        ("{{size.width}}{{size/width}}{{size.[width]}}", "333"),
        ("{{[image 1]}} {{this.[image 1]}}", "one.png one.png"),
        ("{{tags.1}}{{tags.[0]}}{{tags.2}}{{tags.length}}", "bluered2"),
        ("{{size.height}} {{yes}} {{zero}} {{none}}", "4 true 0 "),
        ("[{{missing}}{{missing.deeper}}{{name.deeper}}{{tags.name}}{{tags.-1}}]", "[]"),
        ("{{html}}", "&lt;b title&#x3D;&#x27;x&#x27;&gt;&quot;&amp;&#x60;&#x3D;"),
        ("{{{html}}}{{&html}}", render("{{html}}{{html}}", RECORD)),
        ("{{tags}}", "[&quot;red&quot;, &quot;blue&quot;]"),
        ("{{json size}}", "{&quot;width&quot;: 3, &quot;height&quot;: 4.0}"),
        ("a{{! no }}b{{!-- {{name}} --}}c{{~!-- x --~}} d", "abcd"),
        ("{{#if name}}yes{{/if}}{{#if zero}}no{{/if}}{{#if empty}}no{{else}}none{{/if}}", "yesnone"),
        ("{{#if nothing}}an object{{/if}}{{#if ''}}{{/if}}", None),
        ("{{#if nothing}}an object{{/if}}", "an object"),
        ("{{#if zero}}a{{else if empty}}b{{else if name}}c{{else}}d{{/if}}", "c"),
        ("{{#if zero}}a{{else if empty}}b{{else}}d{{/if}}!", "d!"),
        ("{{#unless zero}}a{{else}}b{{/unless}}{{#unless name}}a{{^}}b{{/unless}}", "ab"),
        ("{{#each tags}}{{@index}}{{this}}{{.}}{{@first}}{{@last}} {{/each}}",
         "0redredtruefalse 1bluebluefalsetrue "),
        ("{{#each size}}{{@key}}={{this}};{{/each}}", "width=3;height=4;"),
        ("{{#each empty}}x{{else}}none{{/each}}{{#each name}}x{{/each}}", "none"),
        ("{{#each nothing}}x{{else}}none{{/each}}", "none"),
        ("{{#each rows}}{{#each cells}}{{../../name}}{{this}}{{/each}}|{{/each}}", "Ada1Ada2|Ada3|"),
        ("{{#each rows}}{{#each cells}}{{@index}}{{/each}}{{@index}}{{/each}}", "01001"),
        ("{{#each rows}}{{#with cells}}{{@index}}{{length}} {{/with}}{{/each}}", "02 11 "),
        ("{{#with size}}{{width}}{{../name}}{{@root.name}}{{else}}x{{/with}}", "3AdaAda"),
        ("{{#with none}}x{{else}}y{{/with}}", "y"),
        ("{{#with size}}{{#with ..}}{{name}}{{/with}}{{../../name}}{{/with}}", "Ada"),
        ("a \n {{~name~}} \n b {{~#if yes~}} c {{~/if~}} d", "aAdabcd"),
        ("{{name}}}", "Ada}"),
        ("{{{name}~}} b", "Adab"),
    ],
)  # fmt: skip
def test_it_renders_what_handlebars_renders(template, html):
    if html is None:
        with pytest.raises(InvalidError):
            render(template, RECORD)
    else:
        assert render(template, RECORD) == html


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{name", "Line 1 of the template: a {{ is never closed."),
        ("a\n\n{{!-- b }}", "Line 3 of the template: a {{ is never closed."),
        ("a\n{{#if name}}\nb", "Line 2 of the template: {{#if}} is never closed."),
        ("{{#if name}}{{/each}}", "Line 1 of the template: {{/each}} closes no block."),
        ("\n{{/if}}", "Line 2 of the template: {{/if}} closes no block."),
        ("\n\n{{else}}", "Line 3 of the template: this {{else}} belongs to no block."),
        ("{{#if name}}{{else}}{{else}}{{/if}}", "this {{else}} belongs to no block."),
        (
            "{{!\n\n}}{{#name}}{{/name}}",
            "Line 3 of the template: there is no block {{#name}}; use if, unless,",
        ),
        ("{{> partial}}", "'> partial' is not a path to a value"),
        ("{{upper name}}", "'upper name' is not a path to a value"),
        ("{{#if (eq name 1)}}{{/if}}", "'(eq name 1)' is not a path to a value"),
        ("{{#if}}{{/if}}", "'' is not a path to a value"),
        ("{{}}", "{{ }} is empty."),
        ("{{{ }}}", "{{ }} is empty."),
    ],
)
def test_a_malformed_template_is_an_error_that_names_the_line(template, message):
    with pytest.raises(InvalidError) as caught:
        render(template, RECORD)
    assert message in caught.value.message


@pytest.mark.parametrize(
    "name", ["__class__", "__class__.__init__.__globals__", "tags.append", "name.upper", "items"]
)
def test_a_path_never_reads_attributes(name):
    assert render("{{" + name + "}}", RECORD) == ""


@pytest.mark.parametrize(
    "template",
    [
        "{{#each rows}}" * 40 + "{{/each}}" * 40,
        "{{#each many}}" + "{{#each ../many}}" * 6 + "{{/each}}" * 7,
        "{{#each many}}{{#each @root.many}}{{json @root}}{{/each}}{{/each}}",
        "{{#each many}}{{" + "a." * 50_000 + "a}}{{/each}}",
        "{{" * 99_000,
        "{{!--" * 39_000,
        "{{a" + "." * 190_000,
        "{{a." + "[" * 190_000 + "}}",
        "x" * 200_001,
    ],
)
def test_no_template_holds_up_the_server(template):
    many = {"many": ["x" * 10_000] * 1000}
    begun = time.thread_time()
    with pytest.raises(InvalidError):
        render(template, many | RECORD)
    spent = time.thread_time() - begun
    assert spent < 40 * _time_of_a_million_steps()


def _time_of_a_million_steps():
    """Return how long this machine, as it is now, takes for some work in Python: about 50 ms."""
    begun = time.thread_time()
    for number in range(1_000_000):
        str(number)
    return time.thread_time() - begun


def test_a_record_that_is_nested_too_deeply_is_an_error():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidError, match="nested too deeply"):
        render("{{json deep}}", {"deep": deep})


def test_a_template_is_read_once():
    parse.cache_clear()
    for _ in range(3):
        render("{{name}} once", RECORD)
    assert parse.cache_info().misses == 1


_keys = st.sampled_from(["a", "b", "<i>", "c d"]) | st.text()
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_keys, inner),
)
# Every way in which a value can come out; no character of it is special in HTML.
_TEMPLATE = """
    {{r}} {{{r}}} {{json r}} {{r.a}} {{&r.0}}
    {{#each r}}{{@key}} {{this}} {{{../r}}} {{#each this}}{{@key}}{{.}}{{/each}}{{else}}{{r}}{{/each}}
    {{#with r}}{{a}} {{{this}}}{{/with}} {{#if r.b}}{{r.b}}{{else}}{{r}}{{/if}}
"""


@given(_values)
def test_no_value_ever_writes_html(value):
    html = render(_TEMPLATE, {"r": value})
    assert not set("<>\"'`=") & set(html)
    assert re.sub(r"&(amp|lt|gt|quot|#x27|#x60|#x3D);", "", html).count("&") == 0


@given(st.text(alphabet="{}#/!~-ac^&@.[] \n", max_size=60))
def test_any_template_renders_or_is_an_error(template):
    try:
        assert isinstance(render(template, {"a": [{"c": 1}]}), str)
    except InvalidError as error:
        assert "template" in error.message  # noqa: PT017 - either is fine
