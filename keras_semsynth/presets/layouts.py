"""What the label maps of the known datasets hold, unknown class included."""

ADE20K = {"num_classes": 151}
COCO_STUFF = {"num_classes": 183, "use_edge_map": True}
CITYSCAPES = {"num_classes": 35, "use_edge_map": True}
