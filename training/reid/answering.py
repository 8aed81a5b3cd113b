"""Answers about crops, of the network in torch or of an exported file."""

from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from training.reid.net import NanoReidNet
from training.reid.score import Answer, Bytes, Tell


def in_torch(net: NanoReidNet) -> Tell:
    """The network itself."""
    net = net.eval()

    @torch.no_grad()
    def tell(luma: Bytes, chroma: Bytes, mask: Bytes) -> Answer:
        told = net(torch.from_numpy(luma), torch.from_numpy(chroma), torch.from_numpy(mask))
        return told.embeddings.numpy(), told.visibility.sigmoid().numpy(), told.roles.numpy()

    return tell


def opened(path: Path) -> ort.InferenceSession:
    """A file, on one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(path), options)


def in_file(path: Path) -> Tell:
    """An exported one."""
    file = opened(path)

    def tell(luma: Bytes, chroma: Bytes, mask: Bytes) -> Answer:
        embeddings, visibility, roles = file.run(None, {"luma": luma, "chroma": chroma, "mask": mask})
        return np.asarray(embeddings), np.asarray(visibility), np.asarray(roles)

    return tell
