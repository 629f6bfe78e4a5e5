"""Dotted keys: every thing in a nest, in order, under the key that changes it."""

from __future__ import annotations

from mmengine.config import Config

from sympie_seg.utils.dotted_keys import dotted_items


def test_every_thing_comes_before_what_it_holds() -> None:
    content = {"a": {"b": [1, {"c": None}]}, "d": (2,)}
    assert list(dotted_items(content)) == [
        ("a", {"b": [1, {"c": None}]}),
        ("a.b", [1, {"c": None}]),
        ("a.b.0", 1),
        ("a.b.1", {"c": None}),
        ("a.b.1.c", None),
        ("d", (2,)),
        ("d.0", 2),
    ]
    assert not list(dotted_items("text"))


def test_the_keys_change_a_config() -> None:
    cfg = Config(dict(hooks=[dict(interval=1), dict(interval=2)], model=dict(depth=3)))
    for key, value in dotted_items(cfg.to_dict()):
        if isinstance(value, int):
            cfg.merge_from_dict({key: value + 10})
    assert [hook.interval for hook in cfg.hooks] == [11, 12] and cfg.model.depth == 13
