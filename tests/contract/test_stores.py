"""What every store promises, held against each of them."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from service.comments import Comment
from service.stores.store import BadPosition, CommentStore


def comment(number: int | str) -> Comment:
    return Comment(email="a@example.com", comment=f"comment {number}")


def every_page(store: CommentStore, content_id: str, *, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    after = None
    while True:
        page = store.page(content_id, after=after, limit=limit)
        pages.append([found.comment for found in page.comments])
        if page.next is None:
            return pages
        after = page.next


@pytest.fixture
def content_id() -> str:
    return uuid.uuid4().hex


def test_nobody_commented_yet(store: CommentStore, content_id: str):
    page = store.page(content_id, after=None, limit=10)
    assert page.comments == ()
    assert page.next is None


def test_comments_come_back_in_the_order_in_which_they_came(store: CommentStore, content_id: str):
    for number in range(12):
        store.add(content_id, comment(number))
    assert every_page(store, content_id, limit=100) == [[f"comment {number}" for number in range(12)]]


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 6), (2, [2, 2, 2]), (4, [4, 2]), (6, [6]), (7, [6])])
def test_pages_hold_everything_once(store: CommentStore, content_id: str, limit: int, sizes: list[int]):
    for number in range(6):
        store.add(content_id, comment(number))
    pages = every_page(store, content_id, limit=limit)
    assert [len(page) for page in pages] == sizes
    assert list(chain(*pages)) == [f"comment {number}" for number in range(6)]


def test_a_comment_that_comes_while_pages_are_read_is_on_a_later_one(store: CommentStore, content_id: str):
    for number in range(3):
        store.add(content_id, comment(number))
    first = store.page(content_id, after=None, limit=2)
    store.add(content_id, comment("new"))
    second = store.page(content_id, after=first.next, limit=2)
    assert [found.comment for found in second.comments] == ["comment 2", "comment new"]


def test_content_ids_do_not_mix(store: CommentStore, content_id: str):
    store.add(content_id, comment("mine"))
    store.add(f"{content_id}-other", comment("other"))
    assert every_page(store, content_id, limit=5) == [["comment mine"]]


def test_any_text_comes_back_as_it_was(store: CommentStore, content_id: str):
    odd = Comment(email="o'brien@exämple.com", comment="  ☃ 𝄞 'x'; DROP TABLE comments; -- \\ \r\n\t{} %s ?")
    strange_id = f"{content_id}/ü %_'\"☃"
    store.add(strange_id, odd)
    assert store.page(strange_id, after=None, limit=1).comments == (odd,)


def test_long_comments_fill_a_page(store: CommentStore, content_id: str):
    long = Comment(email="a@example.com", comment="☃" * 10_000)
    for _ in range(60):
        store.add(content_id, long)
    page = store.page(content_id, after=None, limit=50)
    assert page.comments == (long,) * 50
    assert page.next is not None


def test_threads_lose_nothing(store: CommentStore, content_id: str):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: store.add(content_id, comment(number)), range(80)))
    found = chain(*every_page(store, content_id, limit=9))
    assert sorted(found) == sorted(f"comment {number}" for number in range(80))


@pytest.mark.parametrize("position", ["x", "-1", "", "9" * 40, "1e3", "٣", "1 OR 1=1"])
def test_a_position_that_no_page_gave_is_refused(store: CommentStore, content_id: str, position: str):
    with pytest.raises(BadPosition):
        store.page(content_id, after=position, limit=1)


def test_it_answers(store: CommentStore):
    store.ping()
