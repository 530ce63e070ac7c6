/** What the hall sees of a live item, by its kind. Kinds without a scene show title, place and who speaks. */

import type { ComponentType } from "preact";
import type { SceneProps } from "../../festival/types";

export const scenes: { [kind: string]: ComponentType<SceneProps> } = {};
