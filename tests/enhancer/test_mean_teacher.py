"""Tests of the mean teacher."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sympie_seg.enhancer import MeanTeacher, SyMPIE


def small_student() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))


def fill(module: nn.Module, value: float) -> None:
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.data.fill_(value)


class TestUpdate:
    def test_values(self) -> None:
        student = small_student()
        fill(student, 1)
        teacher = MeanTeacher(student)
        fill(student, 2)
        for expected in (1.1, 1.19, 1.271):
            teacher.update(student)
            for parameter in teacher.parameters():
                torch.testing.assert_close(parameter, torch.full_like(parameter, expected))

    def test_buffers_are_averaged_and_counts_copied(self) -> None:
        student = small_student()
        teacher = MeanTeacher(student, keep=0.75)
        student[1].running_mean.fill_(4)
        student[1].num_batches_tracked.fill_(9)
        teacher.update(student)
        torch.testing.assert_close(teacher.module[1].running_mean, torch.ones(3))
        assert teacher.module[1].num_batches_tracked.item() == 9

    @pytest.mark.parametrize(("keep", "expected"), [(1.0, 1.0), (0.0, 2.0), (0.25, 1.75)])
    def test_keep(self, keep: float, expected: float) -> None:
        student = small_student()
        fill(student, 1)
        teacher = MeanTeacher(student, keep)
        fill(student, 2)
        teacher.update(student)
        torch.testing.assert_close(teacher.module[0].weight, torch.full((3, 2), expected))

    def test_follows_an_optimizer(self) -> None:
        student = nn.Linear(1, 1, bias=False)
        teacher = MeanTeacher(student)
        expected = student.weight.item()
        optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
        for _ in range(4):
            optimizer.zero_grad()
            student(torch.ones(1, 1)).sum().backward()
            optimizer.step()
            teacher.update(student)
            expected = 0.9 * expected + 0.1 * student.weight.item()
        assert abs(teacher.module.weight.item() - expected) < 1e-6

    def test_student_stays_as_it_is(self) -> None:
        student = small_student()
        before = {key: value.clone() for key, value in student.state_dict().items()}
        MeanTeacher(student).update(student)
        for key, value in student.state_dict().items():
            assert torch.equal(value, before[key])
        assert all(parameter.requires_grad for parameter in student.parameters())
        assert student.training

    def test_after_conversion(self) -> None:
        student = SyMPIE()
        teacher = MeanTeacher(student)
        teacher.to(memory_format=torch.channels_last)
        student.double()
        with torch.no_grad():
            student.nem.backbone[0].weight.add_(1)
        before = teacher.module.nem.backbone[0].weight.clone()
        teacher.update(student)
        after = teacher.module.nem.backbone[0].weight
        assert after.dtype == torch.float32
        assert after.is_contiguous(memory_format=torch.channels_last)
        torch.testing.assert_close(after, before + 0.1)

    def test_after_tensors_were_replaced(self) -> None:
        student = nn.Linear(2, 2)
        teacher = MeanTeacher(student)
        student.weight = nn.Parameter(teacher.module.weight + 1)
        before = teacher.module.weight.clone()
        teacher.update(student)
        torch.testing.assert_close(teacher.module.weight, before + 0.1)

    def test_reset(self) -> None:
        student = small_student()
        teacher = MeanTeacher(student)
        fill(student, 5)
        teacher.reset(student)
        for key, value in student.state_dict().items():
            assert torch.equal(teacher.module.state_dict()[key], value)


class TestModule:
    def test_stays_in_eval_mode(self) -> None:
        holder = nn.ModuleDict({"teacher": MeanTeacher(small_student())}).train()
        assert not any(module.training for module in holder["teacher"].modules())

    def test_records_no_gradient_but_can_feed_the_student(self) -> None:
        student = nn.Linear(2, 2)
        teacher = MeanTeacher(student)
        target = teacher(torch.ones(1, 2, requires_grad=True))
        assert not target.requires_grad
        assert not any(parameter.requires_grad for parameter in teacher.parameters())
        student(target).sum().backward()
        assert student.weight.grad is not None

    def test_eval_enhancer_clamps(self) -> None:
        student = SyMPIE(thumbnail_resize=100, thumbnail_crop=96).train()
        images = torch.full((1, 3, 60, 60), 9.0)
        assert MeanTeacher(student)(images).max() < 3

    def test_state_dict_keys(self) -> None:
        student = small_student()
        keys = set(MeanTeacher(student).state_dict())
        assert keys == {f"module.{key}" for key in student.state_dict()}

    def test_state_dict_round_trip(self) -> None:
        first, second = MeanTeacher(small_student()), MeanTeacher(small_student())
        second.load_state_dict(first.state_dict())
        assert torch.equal(first.module[0].weight, second.module[0].weight)


class TestErrors:
    @pytest.mark.parametrize("keep", [-0.1, 1.1])
    def test_keep(self, keep: float) -> None:
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            MeanTeacher(nn.Linear(1, 1), keep)

    def test_other_names(self) -> None:
        with pytest.raises(ValueError, match="names differ"):
            MeanTeacher(nn.Linear(1, 1)).update(nn.Sequential(nn.Linear(1, 1)))

    def test_other_shapes(self) -> None:
        with pytest.raises(ValueError, match=r"weight of shape \(1, 1\), got \(1, 2\)"):
            MeanTeacher(nn.Linear(1, 1)).update(nn.Linear(2, 1))
