"""What a frame's features take from an object's memory: so many slots and pointers, of which some may be empty."""

import math
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # as everyone calls it

from exporting.sam2.checkpoint import PATCH, frozen

MASKED = -1e4  # added to the score of an empty place: nought after the softmax, and a number in half precision
NEAR = 0.1  # share of its positions that SAM 2 adds to a frame's features
WAVES = 10_000


class Memory(NamedTuple):
    """What is remembered of objects; a place that is not valid may hold anything."""

    bank: torch.Tensor  # [objects, slots, memory, cells, cells]
    slot_valid: torch.Tensor  # [objects, slots]
    slot_tpos: torch.Tensor  # [objects, slots]: place in time
    ptr: torch.Tensor  # [objects, pointers, hidden]
    ptr_valid: torch.Tensor  # [objects, pointers]
    ptr_dist: torch.Tensor  # [objects, pointers]: frames ago


class Tokens(NamedTuple):
    """An object's memory as one row: the cells of its slots, then the pieces of its pointers."""

    values: torch.Tensor  # [objects, tokens, memory]
    keys: torch.Tensor
    bias: torch.Tensor  # [objects, 1, tokens]: MASKED where nothing is remembered


class Remembered(nn.Module):
    """Lays out the memory of objects, whatever lies in its empty places."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        width, cells = net.mem_dim, net.config.image_size // PATCH
        where = net.memory_encoder.position_encoding((1, width, cells, cells), "cpu", torch.float32)
        half = torch.arange(net.hidden_dim // 2)
        waves = WAVES ** (2 * (half // 2) / len(half))
        self.width, self.pieces = width, net.hidden_dim // width
        self.longest = net.config.max_object_pointers_in_encoder - 1
        self.where, self.ages, self.waves = map(
            nn.Buffer,
            frozen(where.flatten(2).transpose(1, 2), net.memory_temporal_positional_encoding.reshape(-1, width), waves),
        )
        self.project = net.temporal_positional_encoding_projection_layer

    def forward(self, memory: Memory) -> Tokens:
        slots, slot_keys, slot_bias = self._slots(memory.bank, memory.slot_valid, memory.slot_tpos)
        pointers, ptr_keys, ptr_bias = self._pointers(memory.ptr, memory.ptr_valid, memory.ptr_dist)
        return Tokens(
            torch.cat([slots, pointers], 1),
            torch.cat([slot_keys, ptr_keys], 1),
            torch.cat([slot_bias, ptr_bias], 1)[:, None],
        )

    def _slots(self, bank: torch.Tensor, valid: torch.Tensor, tpos: torch.Tensor) -> Tokens:
        cells, slots = self.where.shape[1], bank.shape[1]
        # The bias alone does not do it: nought times not-a-number is not a number.
        values = torch.where(valid[..., None, None], bank.flatten(3).transpose(2, 3), 0.0)
        ages = F.embedding(torch.where(valid, tpos, 0).long(), self.ages)
        keys = values + self.where + ages[:, :, None]
        bias = _bias(valid)[..., None].expand(-1, -1, cells)
        row = slots * cells
        return Tokens(values.reshape(-1, row, self.width), keys.reshape(-1, row, self.width), bias.reshape(-1, row))

    def _pointers(self, ptr: torch.Tensor, valid: torch.Tensor, dist: torch.Tensor) -> Tokens:
        row = ptr.shape[1] * self.pieces
        values = torch.where(valid[..., None], ptr, 0.0).reshape(-1, row, self.width)
        turns = (torch.where(valid, dist, 0.0) / self.longest)[..., None] / self.waves
        ages = self.project(torch.cat([turns.sin(), turns.cos()], -1))
        keys = values + _each(ages, self.pieces).reshape(-1, row, self.width)
        return Tokens(values, keys, _each(_bias(valid)[..., None], self.pieces).reshape(-1, row))


class MemoryAttention(nn.Module):
    """The layers of SAM 2's memory attention; their own code knows neither empty places nor many objects."""

    def __init__(self, net: Any, slots: int) -> None:
        super().__init__()
        theirs = net.memory_attention
        hidden, cells = net.hidden_dim, net.config.image_size // PATCH
        here = net.vision_encoder.neck.position_encoding((1, hidden, cells, cells), "cpu", torch.float32)
        cos, sin = (each.reshape(-1, hidden) for each in theirs.rotary_emb(torch.zeros(1), theirs.position_ids))
        # Neighbouring channels are turned in pairs; with all the first ones in front that is two slices, no shuffle.
        order = torch.cat([torch.arange(0, hidden, 2), torch.arange(1, hidden, 2)])
        self.slots, self.cells, self.scale = slots, cells * cells, 1 / math.sqrt(hidden)
        self.here, self.cos, self.sin = map(
            nn.Buffer, frozen(NEAR * here.flatten(2).transpose(1, 2), cos[:, order], sin[:, order])
        )
        self.layers, self.layer_norm = theirs.layers, theirs.layer_norm
        self.turned = nn.ModuleList(
            nn.ModuleList(_ordered(part, order) for part in (each.q_proj, each.k_proj))
            for layer in theirs.layers
            for each in (layer.self_attn, layer.cross_attn_image)
        )

    def forward(self, feat: torch.Tensor, tokens: Tokens) -> torch.Tensor:
        """Features [objects, hidden, cells, cells]; those that went in may be of one frame for all objects."""
        side = feat.shape[-1]
        # One row for all objects until the first look into memory, if it is one frame.
        seen = feat.flatten(2).transpose(1, 2) + self.here
        for at, layer in enumerate(self.layers):
            asks, tells = self.turned[2 * at]
            said = layer.layer_norm1(seen)
            found = self._look(self._turn(asks(said)), self._turn(tells(said)), layer.self_attn.v_proj(said))
            seen = seen + layer.self_attn.o_proj(found)
            asks, tells = self.turned[2 * at + 1]
            said, values = layer.layer_norm2(seen), layer.cross_attn_image.v_proj(tokens.values)
            found = self._look(self._turn(asks(said)), self._turn_slots(tells(tokens.keys)), values, tokens.bias)
            seen = seen + layer.cross_attn_image.o_proj(found)
            seen = seen + layer.linear2(layer.activation(layer.linear1(layer.layer_norm3(seen))))
        return self.layer_norm(seen).transpose(1, 2).unflatten(2, (side, side))

    def _look(
        self, asked: torch.Tensor, told: torch.Tensor, values: torch.Tensor, bias: torch.Tensor | None = None
    ) -> torch.Tensor:
        scores = asked @ told.transpose(1, 2) * self.scale
        return torch.softmax(scores if bias is None else scores + bias, -1) @ values

    def _turn(self, channels: torch.Tensor) -> torch.Tensor:
        first, second = channels.chunk(2, -1)
        return channels * self.cos + torch.cat([-second, first], -1) * self.sin

    def _turn_slots(self, keys: torch.Tensor) -> torch.Tensor:
        """Cells have a place in the frame, pointers have none."""
        row, width = self.slots * self.cells, keys.shape[-1]
        turned = self._turn(keys[:, :row].reshape(-1, self.slots, self.cells, width)).reshape(-1, row, width)
        return torch.cat([turned, keys[:, row:]], 1)


def _bias(valid: torch.Tensor) -> torch.Tensor:
    return torch.where(valid, 0.0, MASKED)


def _each(tokens: torch.Tensor, times: int) -> torch.Tensor:
    return tokens[:, :, None].expand(-1, -1, times, -1)


def _ordered(linear: Any, order: torch.Tensor) -> nn.Linear:
    """The same projection with its outputs in another order."""
    ordered = nn.Linear(linear.in_features, linear.out_features)
    ordered.weight.data, ordered.bias.data = frozen(linear.weight[order], linear.bias[order])
    return ordered
