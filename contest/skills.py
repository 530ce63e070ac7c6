"""The five basic digital skills that the movement teaches, as the plans name them.

The values are those of the question bank's categories, so a skill has its questions without a table between them.
"""

from enum import StrEnum


class Skill(StrEnum):
    """One of the five basic skills (plan of the "Bình dân học vụ số" movement)."""

    PUBLIC_SERVICES = "online_public_services"
    SHOPPING = "online_shopping"
    PAYMENT = "online_payment"
    SELF_PROTECTION = "cyber_self_protection"
    PLATFORMS = "digital_platforms"
