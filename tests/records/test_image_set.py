"""A prompt and its images, as they are on somebody's screen."""

import pytest

from diptych.records.image_set import ImageSet, find_image_set, first_image_set

IMAGES = {"image_1": "a", "image_2": "b", "image_3": "c"}


def test_the_prompt_is_with_the_images_or_a_text_of_its_own():
    own = ImageSet("a fox", ("a", "b", "c"), has_own_prompt=True)
    assert find_image_set({"images": {"prompt": "a fox", **IMAGES}, "prompt": "other"}, "images") == own
    other = ImageSet("other", ("a", "b", "c"), has_own_prompt=False)
    assert find_image_set({"images": IMAGES, "prompt": "other"}, "images") == other
    assert find_image_set({"images": {"prompt": None, **IMAGES}, "prompt": "other"}, "images") == other


@pytest.mark.parametrize(
    "fields", [{}, {"images": IMAGES}, {"images": IMAGES, "prompt": [1]}, {"prompt": "a"}]
)
def test_without_a_prompt_or_without_images_there_is_no_image_set(fields):
    assert find_image_set(fields, "images") is None
    assert first_image_set(fields) is None


def test_the_first_image_set_of_a_record_is_found_whatever_its_field_is_called():
    fields = {"text": "x", "chat": [], "faces": {"prompt": "one", "image_1": "a"}, "images": IMAGES}
    assert first_image_set(fields) == ImageSet("one", ("a",))


@pytest.mark.parametrize(
    ("shown", "order"),
    [
        (None, [1, 2, 3]),
        ([], [1, 2, 3]),
        ([3, 1, 2], [3, 1, 2]),
        ([2, 1], [1, 2, 3]),
        ([5, 3, 4, 1, 2], [3, 1, 2]),
    ],
)
def test_an_order_is_one_of_all_images_or_none(shown, order):
    assert list(ImageSet("a fox", ("a", "b", "c")).order(shown)) == order
