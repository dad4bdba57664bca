"""Made-up values for property tests."""

from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=()), max_size=5)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
