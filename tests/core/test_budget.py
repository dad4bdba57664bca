"""Threads use no more than a budget together, and none of them waits for ever."""

import threading

import pytest

from diptych.core.budget import Budget

PATIENCE = 10


@pytest.mark.parametrize(("parts", "most"), [([6, 6, 6], 6), ([5, 5, 5, 5], 10), ([100, 1, 100], 10)])
def test_no_more_than_the_budget_is_spent_at_once(parts, most):
    budget, lock, spent, seen = Budget(10), threading.Lock(), 0, []

    def spend(part):
        nonlocal spent
        with budget.spend(part):
            with lock:
                spent += min(part, 10)
                seen.append(spent)
            with lock:
                spent -= min(part, 10)

    threads = [threading.Thread(target=spend, args=(part,)) for part in parts * 20]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(seen) == len(threads)
    assert max(seen) <= most


def test_what_failed_is_given_back():
    budget = Budget(1)
    with pytest.raises(LookupError), budget.spend(1):
        raise LookupError
    with budget.spend(1):
        pass
