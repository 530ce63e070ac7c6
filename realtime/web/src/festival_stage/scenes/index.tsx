/** What the hall sees of a live item, by its kind. Kinds without a scene show title, place and who speaks. */

import type { ComponentType } from "preact";
import { addWords } from "../../core/i18n";
import type { SceneProps } from "../../festival/types";
import en from "../../locale/scene.en.json";
import vi from "../../locale/scene.vi.json";
import { DrawScene } from "./draw";
import { LaunchScene } from "./launch";
import { PledgeScene } from "./pledge";
import { PollScene } from "./poll";

addWords(vi, en);

export const scenes: { [kind: string]: ComponentType<SceneProps> } = {
  poll: PollScene,
  pledge: PledgeScene,
  launch: LaunchScene,
  draw: DrawScene,
};
