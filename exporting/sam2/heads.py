"""prompt_head and track_head: features in, every candidate for an object's mask out."""

import math
from typing import Any, NamedTuple

import torch
from torch import nn

from exporting.sam2.attention import Memory, MemoryAttention, Remembered
from exporting.sam2.checkpoint import frozen

PADDING = -10  # label of a point that only fills up a row
MASK_CELL = 4  # pixels of a mask's cell


class Features(NamedTuple):
    """What encode says: of every object's region, or of one frame for all objects."""

    s0: torch.Tensor  # [pictures, hidden / 8, 4 cells, 4 cells]
    s1: torch.Tensor  # [pictures, hidden / 4, 2 cells, 2 cells]
    feat: torch.Tensor  # [pictures, hidden, cells, cells]


class Prompt(NamedTuple):
    """Which objects are meant."""

    points: torch.Tensor  # [objects, points, 2]: pixels across and down
    labels: torch.Tensor  # [objects, points]
    mask: torch.Tensor  # [objects, 1, 4 cells, 4 cells]: 1 where the object is
    mask_given: torch.Tensor  # [objects, 1]


class Candidates(NamedTuple):
    """Every answer that the decoder has."""

    masks: torch.Tensor
    iou: torch.Tensor
    object_logit: torch.Tensor
    pointers: torch.Tensor


class Decode(nn.Module):
    """The mask decoder with all its candidates: one for clear prompts, three for what may mean several things."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        theirs = net.mask_decoder
        self.decoder, self.project = theirs, net.object_pointer_proj
        self.count = theirs.num_mask_tokens
        tokens = torch.cat([theirs.obj_score_token.weight, theirs.iou_token.weight, theirs.mask_tokens.weight])
        with torch.no_grad():
            where = net.get_image_wide_positional_embeddings()
        self.tokens, self.where, self.nobody = map(nn.Buffer, frozen(tokens[None], where, net.no_object_pointer[None]))

    def forward(self, asked: torch.Tensor, features: Features, prompts: torch.Tensor) -> Candidates:
        tokens = torch.cat([self.tokens.expand(prompts.shape[0], -1, -1), prompts], 1)
        tokens, cells = self.decoder.transformer(
            point_embeddings=tokens[:, None],
            image_embeddings=asked,
            image_positional_embeddings=self.where,
            attention_similarity=None,
        )
        of_masks = tokens[:, 0, 2 : 2 + self.count]
        masks = self._draw(of_masks, cells[:, 0].transpose(1, 2).unflatten(2, asked.shape[2:]), features)
        iou = self.decoder.iou_prediction_head(tokens[:, 0, 1])
        object_logit = self.decoder.pred_obj_score_head(tokens[:, 0, 0])
        pointers = torch.where(object_logit[:, None] > 0, self.project(of_masks), self.nobody)
        return Candidates(masks, iou, object_logit, pointers)

    def _draw(self, of_masks: torch.Tensor, cells: torch.Tensor, features: Features) -> torch.Tensor:
        theirs = self.decoder
        finer = theirs.activation(theirs.upscale_layer_norm(theirs.upscale_conv1(cells) + features.s1))
        finest = theirs.activation(theirs.upscale_conv2(finer) + features.s0)
        brushes = torch.stack([mlp(of_masks[:, at]) for at, mlp in enumerate(theirs.output_hypernetworks_mlps)], 1)
        return (brushes @ finest.flatten(2)).unflatten(2, finest.shape[2:])


class PromptHead(nn.Module):
    """Objects that are pointed at: by points, by a box as its two corners, or by a mask."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        theirs = net.prompt_encoder
        self.side, self.embed, self.decode = net.config.image_size, theirs.mask_embed, Decode(net)
        shrink = net.mask_downsample  # of a mask that is even within its cells only the sum of the filter matters
        self.waves, self.kinds, self.nothing, self.no_mask, self.no_memory, self.gain, self.lift = map(
            nn.Buffer,
            frozen(
                theirs.shared_embedding.positional_embedding,
                theirs.point_embed.weight,
                theirs.not_a_point_embed.weight[None],
                theirs.no_mask_embed.weight[..., None, None],
                net.no_memory_embedding.reshape(1, -1, 1, 1),
                shrink.weight.sum(),
                shrink.bias,
            ),
        )

    def forward(self, features: Features, prompt: Prompt) -> Candidates:
        features, prompt = Features(*features), Prompt(*prompt)
        given = prompt.mask_given[..., None, None]
        drawn = torch.where(
            given, self.embed(torch.where(given, prompt.mask, 0.0) * self.gain + self.lift), self.no_mask
        )
        asked = features.feat + torch.where(given, 0.0, self.no_memory) + drawn
        return self.decode(asked, features, self._tokens(prompt.points, prompt.labels))

    def _tokens(self, points: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        shares = (points + 0.5) / self.side  # middle of the pixel
        turns = (2 * shares - 1) @ self.waves * (2 * math.pi)
        pointed = torch.cat([turns.sin(), turns.cos()], -1) + self.kinds[labels.clamp(min=0).long()]
        kind = labels[..., None]
        tokens = torch.where(kind >= 0, pointed, torch.where(kind == PADDING, 0.0, self.nothing))
        # SAM 2 was trained with one more that says nothing.
        return torch.cat([tokens, self.nothing.expand(points.shape[0], -1, -1)], 1)


class TrackHead(nn.Module):
    """Objects that are remembered."""

    def __init__(self, net: Any, slots: int) -> None:
        super().__init__()
        theirs = net.prompt_encoder
        self.remembered, self.attend, self.decode = Remembered(net), MemoryAttention(net, slots), Decode(net)
        # SAM 2 tracks as if it had been asked with an empty point, and adds its usual one.
        self.nothing, self.no_mask = map(
            nn.Buffer,
            frozen(theirs.not_a_point_embed.weight[None].repeat(1, 2, 1), theirs.no_mask_embed.weight[..., None, None]),
        )

    def forward(self, features: Features, memory: Memory) -> Candidates:
        features, memory = Features(*features), Memory(*memory)
        asked = self.attend(features.feat, self.remembered(memory)) + self.no_mask
        return self.decode(asked, features, self.nothing.expand(memory.bank.shape[0], -1, -1))
