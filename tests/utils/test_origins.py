"""Messages of ours and configs that cannot be built end in one line; what an operation of ours met does not."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mmengine.config import Config
from mmengine.registry import Registry
from mmengine.runner import Runner
from torch.utils.data import DataLoader

import sympie_seg
from sympie_seg.cli.common import run_or_stop
from sympie_seg.utils.config_parts import failed_part, unbuilt_part
from sympie_seg.utils.failures import explained, whole_message
from sympie_seg.utils.origins import (
    is_message_of_ours,
    is_on_purpose,
    worker_message,
    worker_steps,
)

PARTS = Registry("parts of these tests")
OURS = f"{sympie_seg.__path__[0]}/made_up.py"
FOREIGN = "/somewhere/site-packages/library/made_up.py"
CODE = """
def on_purpose(error):
    raise error

def by_accident():
    return {}["a"]

def again(error):
    try:
        on_purpose(error)
    except ValueError as first:
        raise type(error)("other") from first

class Samples:
    def __init__(self, kind, error=None):
        self.kind, self.error = kind, error
    def __len__(self):
        return 1
    def __getitem__(self, index):
        on_purpose(self.error) if self.kind == "raise" else by_accident()

def split(text):
    return text.split("")

class Step:  # at work it does as it is told
    def __init__(self, task="", error=None, call=None):
        self.task, self.error, self.call = task, error, call
    def __len__(self):
        return 1
    def __getitem__(self, index):
        return self.work()
    def work(self):
        if self.task == "raise":
            raise self.error
        if self.task == "assert":
            assert self.error is not None
        if self.task == "function":
            split("a")
        if self.task == "call":
            self.call()
        return {}[self.task]
    @classmethod
    def of_class(cls):
        return split("a")

class Part:
    def __init__(self, size=1, part=None):
        if part:
            part = PARTS.build(part)
        if size == "on purpose":
            on_purpose(ValueError("size cannot be that"))
        if size == "assert":
            assert len(size) == 3
        self.size = 1 + size

class Child(Part):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
"""


def code_in(file: str) -> dict[str, Any]:
    """The functions above as if they stood in a file."""
    namespace: dict[str, Any] = {"PARTS": PARTS}
    linecache.cache[file] = (len(CODE), None, CODE.splitlines(keepends=True), file)
    exec(compile(CODE, file, "exec"), namespace)
    return namespace


class Again:
    """A call that raises one error in place of another, in code of ours."""

    def __call__(self) -> None:
        code_in(OURS)["again"](ValueError("first"))


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    for file in (OURS, FOREIGN):
        linecache.cache.pop(file, None)
    PARTS._module_dict.clear()


def caught(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as raised:
        call()
    return raised.value


@pytest.mark.parametrize("kind", [ValueError, FloatingPointError, UnicodeError])
def test_what_our_code_says_on_purpose(kind: type[Exception]) -> None:
    error = caught(lambda: code_in(OURS)["on_purpose"](kind("'a.png' is\n  too large")))
    assert is_message_of_ours(error)
    if kind is not UnicodeError:
        assert explained(error) == "'a.png' is too large"


def test_an_error_in_place_of_another() -> None:
    assert is_message_of_ours(caught(lambda: code_in(OURS)["again"](ValueError("x"))))


@pytest.mark.parametrize(
    "error",
    [
        caught(lambda: code_in(FOREIGN)["on_purpose"](ValueError("x"))),
        caught(lambda: code_in(OURS)["on_purpose"](ValueError(""))),
        caught(lambda: code_in(OURS)["on_purpose"](KeyError("x"))),
        caught(lambda: code_in(OURS)["on_purpose"](TypeError("x"))),
        caught(code_in(OURS)["by_accident"]),
        caught(lambda: code_in(OURS.replace("sympie_seg/", "sympie_seg_2/"))["on_purpose"](ValueError("x"))),
        ValueError("never raised"),
    ],
)  # fmt: skip
def test_all_else_may_be_a_fault(error: Exception) -> None:
    assert not is_message_of_ours(error)
    assert explained(error) == ""


@pytest.mark.parametrize(
    ("file", "kind", "is_message"),
    [(OURS, "raise", True), (FOREIGN, "raise", False), (OURS, "operation", False)],
)
def test_in_a_worker(file: str, kind: str, is_message: bool) -> None:
    samples = code_in(file)["Samples"](kind, ValueError("'a.png' is\ncut off"))
    error = caught(lambda: list(DataLoader(samples, num_workers=1)))
    assert "Caught" in str(error)
    assert is_message_of_ours(error) == is_message
    assert explained(error) == ("'a.png' is cut off" if is_message else "")


def test_one_error_in_place_of_another_in_a_worker() -> None:
    """The first is told too, with a traceback of its own; the last counts."""
    step = code_in(OURS)["Step"]("call", call=Again())
    error = caught(lambda: list(DataLoader(step, num_workers=1)))
    assert "first" in str(error) and worker_message(error) == "ValueError: other"
    assert is_message_of_ours(error) and explained(error) == "other"
    raises = [statement for *_, statement in worker_steps(error) if statement.startswith("raise")]
    assert raises == ['raise type(error)("other") from first']


def test_a_step_of_a_worker_whose_source_is_not_there() -> None:
    steps = '  File "/a.py", line 3, in f\n  File "/b.py", line 4, in g\n    x()\n'
    text = f"Caught KeyError in worker 0.\nOriginal Traceback (most recent call last):\n{steps}KeyError: 1"
    assert worker_steps(RuntimeError(text)) == [("/a.py", 3, ""), ("/b.py", 4, "x()")]


def test_words_of_a_worker_elsewhere() -> None:
    assert worker_message(ValueError("Caught a fish")) == worker_message(ValueError("x")) == ""
    assert whole_message(ValueError("Caught a\nfish")) == "Caught a fish"


@pytest.mark.parametrize("file", [OURS, FOREIGN])
def test_on_purpose_or_not(file: str) -> None:
    error = caught(lambda: code_in(file)["on_purpose"](KeyError("x")))
    assert is_on_purpose(error)
    assert not is_on_purpose(caught(code_in(file)["by_accident"]))
    assert not is_on_purpose(caught(lambda: int("x")))


def test_verbs_that_resume() -> None:
    """They say in one line what was said on purpose, by whichever package."""
    for file in (OURS, FOREIGN):
        with pytest.raises(SystemExit) as ended:
            run_or_stop(code_in(file)["on_purpose"], ValueError("'a.png'\nis cut"))  # type: ignore[arg-type]
        assert ended.value.code == "error: 'a.png' is cut"
    with pytest.raises(ValueError, match="invalid literal"):
        run_or_stop(lambda _: int("x"), None)  # type: ignore[arg-type,func-returns-value,return-value]


def build(cfg: Config) -> object:
    return PARTS.build(cfg.part)


def unbuilt(file: str, **part: Any) -> str:
    """What is said about a part whose class stands in a file."""
    PARTS._module_dict.clear()
    for name in ("Part", "Child"):
        PARTS.register_module(name=name, module=code_in(file)[name])
    cfg = Config(dict(other=[dict(type="Other", size=1)], part=part))
    return unbuilt_part(caught(lambda: build(cfg)))


FIX = "; check its names and values, in the config and in --cfg-options"


@pytest.mark.parametrize("file", [OURS, FOREIGN])
def test_names_and_options_that_are_none(file: str) -> None:
    message = unbuilt(file, type="Nothing")
    start = "part (Nothing) cannot be built: KeyError: Nothing is not in the "
    assert (
        message.startswith(start) and message.endswith(f" registry{FIX}") and "https" not in message
    )
    message = unbuilt(file, type="Child", temprature=3)
    assert "part (Child) cannot be built: TypeError: " in message
    assert "got an unexpected keyword argument 'temprature'" in message and message.endswith(FIX)
    message = unbuilt(file, type="Part", part=dict(type="Part", temprature=3))
    assert message.startswith("part.part (Part) cannot be built: TypeError: ")
    assert unbuilt(file, size=3).startswith("part cannot be built: KeyError: `cfg` or")


@pytest.mark.parametrize("file", [OURS, FOREIGN])
def test_values_that_are_refused(file: str) -> None:
    message = unbuilt(file, type="Part", size="on purpose")
    assert message == f"part (Part) cannot be built: ValueError: size cannot be that{FIX}"
    message = unbuilt(file, type="Part", size="assert")
    assert message == f"part (Part) cannot be built: AssertionError: assert len(size) == 3{FIX}"


def test_values_that_break_an_operation() -> None:
    """In a library the config is to blame; in our code it may be a fault of ours."""
    message = unbuilt(FOREIGN, type="Part", size="text")
    assert message.startswith("part (Part) cannot be built: TypeError: unsupported operand")
    assert unbuilt(OURS, type="Part", size="text") == ""


def built_from(part: dict[str, Any], **others: dict[str, Any]) -> str:
    """What is said about a part that the config does not hold as it stands."""
    PARTS._module_dict.clear()
    PARTS.register_module(name="Part", module=code_in(FOREIGN)["Part"])

    def build_other(cfg: Config) -> object:
        return PARTS.build(part)

    return unbuilt_part(caught(lambda: build_other(Config(others))))


def test_a_changed_part_is_named_where_the_config_has_one_of_its_type() -> None:
    """With several, none of them may be blamed."""
    part = dict(type="Part", size="on purpose")
    refused = f"cannot be built: ValueError: size cannot be that{FIX}"
    assert built_from(part, a=dict(type="Part", size=1)) == f"a (Part) {refused}"
    several = {name: dict(type="Part", size=1) for name in "ab"}
    assert built_from(part, **several) == f"'Part' {refused}"
    assert built_from({}, a={}, b={}).startswith("the config cannot be built: KeyError: ")


def test_short_memory_is_not_blamed_on_the_config() -> None:
    PARTS._module_dict.clear()

    def hungry() -> None:
        raise MemoryError

    PARTS.register_module(name="Hungry", module=hungry)
    cfg = Config(dict(part=dict(type="Hungry")))
    assert unbuilt_part(caught(lambda: build(cfg))) == ""


def test_the_runner_and_its_parts(tmp_path: Any) -> None:
    cfg = Config(dict(test_dataloader=dict(dataset=[1, 2], batch_size=-3, num_workers=0)))

    def load(cfg: Config) -> None:
        Runner.build_dataloader(cfg.test_dataloader | dict(sampler=dict(type="DefaultSampler")))

    message = unbuilt_part(caught(lambda: load(cfg)))
    assert "cannot be built: " in message and message.endswith(FIX)


def test_nothing_was_built() -> None:
    assert unbuilt_part(caught(lambda: code_in(FOREIGN)["on_purpose"](KeyError("x")))) == ""
    assert unbuilt_part(RuntimeError("x")) == ""


CHECK = "; check its values, in the config and in --cfg-options"


def failed(call: Callable[[], object], *kinds: str | type) -> str:
    """What is said where a part fails in the run of a config that names these types."""

    def run(cfg: Config) -> None:
        call()

    cfg = Config(dict(parts=[dict(type=kind, size=1) for kind in kinds], other=dict(size=2)))
    error = caught(lambda: run(cfg))
    message = failed_part(error)
    assert explained(error) == message
    return message


def test_a_part_that_fails_at_its_work() -> None:
    step = code_in(FOREIGN)["Step"]
    start = "parts.1 (Step) failed: "
    assert failed(step("x").work, "Other", "Step") == f"{start}KeyError: x{CHECK}"
    assert (
        failed(step("function").work, "Other", "Step")
        == f"{start}ValueError: empty separator{CHECK}"
    )
    assert failed(step.of_class, "Other", "Step") == f"{start}ValueError: empty separator{CHECK}"
    message = failed(step("raise", RuntimeError("shapes\n do not fit")).work, "Other", "Step")
    assert message == f"{start}RuntimeError: shapes do not fit{CHECK}"
    message = failed(step("assert").work, "Other", "Step")
    assert message == f"{start}AssertionError: assert self.error is not None{CHECK}"
    # A type may be the class itself.
    assert failed(step("x").work, "Other", step) == f"{start}KeyError: x{CHECK}"
    message = failed(step("x").work, "package.Step", "Other", "Step")
    assert message == f"parts.0 (Step, and 1 more of its kind) failed: KeyError: x{CHECK}"


def test_the_innermost_part_is_named() -> None:
    inner, outer = (code_in(FOREIGN)[name] for name in ("Step", "Step"))
    outer = type("Outer", (outer,), {})
    call = outer("call", call=inner("x").work).work
    assert failed(call, "Outer", "Step").startswith("parts.1 (Step) failed")
    assert failed(call, "Outer").startswith("parts.0 (Outer) failed")


def test_what_may_be_a_fault_of_ours_at_work() -> None:
    foreign, ours = code_in(FOREIGN), code_in(OURS)
    assert failed(foreign["Step"]("x").work, "Other") == ""
    assert failed(foreign["by_accident"], "Step") == ""
    assert failed(ours["Step"]("x").work, "Step") == ""
    # A function of ours is called by the part, or calls the library.
    assert failed(foreign["Step"]("call", call=ours["by_accident"]).work, "Step") == ""
    between = ours["Step"]("call", call=foreign["by_accident"]).work
    assert failed(foreign["Step"]("call", call=between).work, "Step") == ""
    # No config was read.
    assert failed_part(caught(foreign["Step"]("x").work)) == ""


def test_what_a_class_of_ours_inherits() -> None:
    child = type("Child", (code_in(FOREIGN)["Step"],), {"__module__": "sympie_seg.made_up"})
    assert failed(child("x").work, "Child") == f"parts.0 (Child) failed: KeyError: x{CHECK}"


def test_the_variables_of_a_config_are_named_last() -> None:
    work = code_in(FOREIGN)["Step"]("x").work
    step = dict(type="Step")

    def named(**values: object) -> str:
        def run(cfg: Config) -> None:
            work()

        return failed_part(caught(lambda: run(Config(values)))).partition(" failed")[0]

    assert named(a_pipeline=[step], data=[step]) == "data.0 (Step, and 1 more of its kind)"
    assert named(a_pipeline=[step]) == "a_pipeline.0 (Step)"
    assert named(a_pipeline_b=[step], data=[step]).startswith("a_pipeline_b.0")


def test_a_part_that_fails_in_a_worker() -> None:
    foreign = code_in(FOREIGN)

    def say(samples: object, *kinds: str) -> str:
        return failed(lambda: list(DataLoader(samples, num_workers=1)), *kinds)  # type: ignore[arg-type]

    start = "parts.0 (Step) failed: "
    assert say(foreign["Step"]("x"), "Step") == f"{start}KeyError: 'x'{CHECK}"
    assert say(foreign["Step"]("function"), "Step") == f"{start}ValueError: empty separator{CHECK}"
    assert say(foreign["Step"]("assert"), "Step").startswith(
        f"{start}AssertionError: assert self.error"
    )
    assert say(foreign["Step"]("x"), "Other") == ""
    assert say(code_in(OURS)["Step"]("x"), "Step") == ""
    assert say(code_in(OURS)["Step"]("function"), "Step") == ""  # a ValueError, but of an operation
    ours = code_in(OURS)["by_accident"]
    assert say(foreign["Step"]("call", call=ours), "Step") == ""


@pytest.mark.parametrize("source", [None, "this is no Python", "\0"])
def test_no_source_of_a_worker(source: str | None) -> None:
    """The file of a step is gone, or something else stands there now."""
    samples = code_in(FOREIGN)["Step"]("x")
    error = caught(lambda: list(DataLoader(samples, num_workers=1)))
    assert worker_message(error) == "KeyError: 'x'"
    linecache.cache.pop(FOREIGN)
    if source is not None:
        lines = [f"{source}\n"] * 100
        linecache.cache[FOREIGN] = (len(source), None, lines, FOREIGN)

    def run(cfg: Config) -> None:
        raise error

    error_of_run = caught(lambda: run(Config(dict(part=dict(type="Step")))))
    assert failed_part(error_of_run) == ""


def test_mmcv_in_a_worker(tmp_path: Any) -> None:
    """A value that mmcv looks up with the first image."""
    from mmcv.transforms import LoadImageFromFile
    from PIL import Image

    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")

    class Images:
        def __len__(self) -> int:
            return 1

        def __getitem__(self, index: int) -> object:
            return LoadImageFromFile(color_type="nonsense")({"img_path": str(tmp_path / "a.png")})

    message = failed(lambda: list(DataLoader(Images(), num_workers=1)), "LoadImageFromFile")  # type: ignore[arg-type]
    assert message == f"parts.0 (LoadImageFromFile) failed: KeyError: 'nonsense'{CHECK}"
