/** Whole screens that other parts bring, by the name in the fragment: #name or #name/id. */

import type { ComponentType } from "preact";

export interface ScreenProps {
  /** What stands behind the name in the fragment. */
  id: string;
}

export const screens: { [name: string]: ComponentType<ScreenProps> } = {};
