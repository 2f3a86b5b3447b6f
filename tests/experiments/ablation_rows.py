"""The papers' ablations, copied a second time from the papers.

`presets/tables` has them as changes of parts. Here they are flags after a
preset, so that a slip in one is seen by the other.
"""

_COCO = "spade_coco_stuff_256"
_PLUS = "pix2pixhdpp_coco_stuff_256"
_HD = "pix2pixhd_coco_stuff_256"
_CC = "ccfpse_coco_stuff_256"
_DP = "dpgan_cityscapes_512"
_SC = "scgan_cityscapes_512"
_OASIS = (
    "--discriminator=oasis --objective=oasis --objective.label_mix_weight=5 "
    "--objective.ema_decay=0.999"
)
_MS = "--discriminator=multi_scale_patch"
_SE = "--discriminator=semantics_embedding_patch"


def _fifty(rows):
    return {
        name: (base, f"--epochs=50 {flags}", (miou,))
        for name, (base, flags, miou) in rows.items()
    }


# Name -> preset, flags after it, numbers of that dataset.
ROWS = {
    **_fifty(
        {
            "spade_table3_decoder_spade": (_COCO, "", 35.2),
            "spade_table3_compact_decoder_spade": (
                _COCO,
                "--generator.filters=48",
                35.2,
            ),
            "spade_table3_decoder_concat": (
                _COCO,
                "--generator.conditioning=concat",
                31.9,
            ),
            "spade_table3_pix2pixhdpp_spade": (
                _PLUS,
                "--generator=conditioned_pix2pixhd",
                34.4,
            ),
            "spade_table3_pix2pixhdpp_concat": (
                _PLUS,
                "--generator=conditioned_pix2pixhd "
                "--generator.conditioning=concat",
                32.9,
            ),
            "spade_table3_pix2pixhdpp": (_PLUS, "", 32.7),
            "spade_table3_compact_pix2pixhdpp": (
                _PLUS,
                "--generator.filters=48",
                31.6,
            ),
            "spade_table3_pix2pixhd": (_HD, "", 14.6),
            "spade_table4_segmap_input": (_COCO, "", 35.2),
            "spade_table4_random_input": (
                _COCO,
                "--generator.style_dim=256",
                35.3,
            ),
            "spade_table4_kernel5": (_COCO, "--generator.kernel_size=5", 35.0),
            "spade_table4_kernel3": (_COCO, "", 35.2),
            "spade_table4_kernel1": (_COCO, "--generator.kernel_size=1", 32.7),
            "spade_table4_141m": (_COCO, "--generator.filters=80", 35.3),
            "spade_table4_96m": (_COCO, "", 35.2),
            "spade_table4_61m": (_COCO, "--generator.filters=48", 35.2),
            "spade_table4_sync_batch": (_COCO, "", 35.0),
            "spade_table4_batch": (
                _COCO,
                "--generator.normalization=batch",
                33.7,
            ),
            "spade_table4_instance": (
                _COCO,
                "--generator.normalization=instance",
                33.9,
            ),
            "spade_table5_ours": (_COCO, "", 35.2),
            "spade_table5_without_perceptual": (
                _COCO,
                "--perceptual=off",
                24.7,
            ),
            "spade_table5_without_feature_matching": (
                _COCO,
                "--objective.feature_matching_weight=0",
                33.2,
            ),
            "spade_table5_deeper_discriminator": (
                _COCO,
                "--discriminator.num_layers=5",
                34.9,
            ),
            "spade_table5_pix2pixhdpp_spade": (
                _PLUS,
                "--generator=conditioned_pix2pixhd",
                34.4,
            ),
            "spade_table5_pix2pixhdpp": (_PLUS, "", 32.7),
            "spade_table5_pix2pixhdpp_without_sync_batch": (
                _PLUS,
                "--generator.normalization=instance",
                27.4,
            ),
            "spade_table5_pix2pixhdpp_without_sync_batch_and_spectral": (
                _PLUS,
                "--generator.normalization=instance --generator.spectral=false "
                "--discriminator.spectral=false",
                26.0,
            ),
            "spade_table5_pix2pixhd": (_HD, "", 14.6),
            "ccfpse_table2_baseline": (
                _CC,
                "--generator.block=spade --generator.feature_pyramid=false "
                + _MS,
                35.2,
            ),
            "ccfpse_table2_1": (
                _CC,
                f"--generator.feature_pyramid=false {_MS}",
                36.2,
            ),
            "ccfpse_table2_2": (_CC, _MS, 36.7),
            "ccfpse_table2_3": (_CC, "--generator.feature_pyramid=false", 40.4),
            "ccfpse_table2_4": (_CC, f"--generator.block=spade {_SE}", 38.0),
            "ccfpse_table2_5": (_CC, "--generator.block=spade", 39.17),
            "ccfpse_table2_6": (_CC, _SE, 40.4),
            "ccfpse_table2_full": (_CC, "", 41.3),
        }
    ),
    "dpgan_table4a_oa_oa": (
        _DP,
        f"--generator=oasis {_OASIS}",
        (47.7, 69.3, 61.5),
    ),
    "dpgan_table4a_oa_dp": (_DP, "--generator=oasis", (47.9, 74.0, 67.4)),
    "dpgan_table4a_dp_oa": (_DP, _OASIS, (45.4, 69.9, 62.0)),
    "dpgan_table4a_dp_dp": (_DP, "", (44.1, 73.6, 66.9)),
    "dpgan_table4b_none": (
        _DP,
        "--objective.patch_weight=0 --discriminator.patch_taps=",
        (49.2, 67.9, 59.5),
    ),
    "dpgan_table4b_decoder": (
        _DP,
        "--discriminator.patch_taps=decoder",
        (44.5, 72.1, 64.4),
    ),
    "dpgan_table4b_encoder_decoder": (
        _DP,
        "--discriminator.patch_taps=down_3,down_5,up_1,up_3",
        (44.3, 72.8, 66.4),
    ),
    "dpgan_table4b_encoder": (_DP, "", (44.1, 73.6, 66.9)),
    "dpgan_table4c_none": (
        _DP,
        "--objective.feature_weight=0 --discriminator.feature_taps=",
        (44.1, 69.9, 62.1),
    ),
    "dpgan_table4c_encoder": (
        _DP,
        "--discriminator.feature_taps=encoder",
        (44.4, 69.2, 60.8),
    ),
    "dpgan_table4c_encoder_decoder": (
        _DP,
        "--discriminator.feature_taps=down_0,down_1,down_2,down_3,down_4,"
        "up_1,up_2,up_3,up_4,up_5",
        (45.0, 73.8, 66.8),
    ),
    "dpgan_table4c_decoder": (_DP, "", (44.1, 73.6, 66.9)),
    "dpgan_supplement_table3_without_label_mix": (
        _DP,
        "--objective.label_mix_weight=0",
        (46.8, 70.9),
    ),
    "dpgan_supplement_table3_without_concatenation": (
        _DP,
        "--generator.concatenate=false",
        (44.8, 71.2),
    ),
    "dpgan_supplement_table3_ours": (_DP, "", (44.1, 73.6)),
    "scgan_table3_conv_bn": (
        _SC,
        "--generator.convolution=plain --generator.modulation=plain",
        (62.6, 69.7),
    ),
    "scgan_table3_conv_scn": (
        _SC,
        "--generator.convolution=plain",
        (63.1, 60.9),
    ),
    "scgan_table3_scc_bn": (_SC, "--generator.modulation=plain", (66.3, 54.0)),
    "scgan_table3_scc_scn": (_SC, "", (66.9, 49.5)),
    "scgan_table4_none": (
        _SC,
        "--objective.semantic_vector_weight=0",
        (60.3, 82.5),
    ),
    "scgan_table4_l1": (_SC, "", (66.9, 49.5)),
    "scgan_table4_l2": (
        _SC,
        "--objective.semantic_vector_loss=l2",
        (63.4, 53.3),
    ),
    "scgan_table4_vgg": (
        _SC,
        "--objective.semantic_vector_loss=perceptual",
        (64.2, 51.8),
    ),
    **{
        f"scgan_table5_{n}": (
            _SC,
            f"--generator.num_conv_candidates={n}",
            (miou,),
        )
        for n, miou in {8: 67.9, 4: 67.3, 2: 64.8, 1: 61.2}.items()
    },
    **{
        f"scgan_table6_{name}": (
            _SC,
            f"--generator.vector_normalization={name}",
            scores,
        )
        for name, scores in {
            "sigmoid": (62.6, 57.6),
            "tanh": (63.1, 56.8),
            "relu": (61.7, 66.5),
            "none": (60.2, 73.9),
            "softmax": (66.9, 49.5),
        }.items()
    },
    "scgan_table8_with_oasis": (
        "scgan_ade20k_256",
        "--discriminator=oasis --objective=oasis --perceptual=off "
        "--objective.semantic_vector_weight=2 "
        "--objective.ema_statistics=average",
        (49.1, 27.6),
    ),
}
