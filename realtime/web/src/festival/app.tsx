/** Chooses the screen. */

import { CardScreen } from "./card";
import { Claim } from "./claim";
import { MyData } from "./my_data";
import { Now } from "./now";
import { Passport } from "./passport";
import { Phone } from "./phone";
import { place } from "./place";
import { screens } from "./screens";
import { me } from "./store";

export function App() {
  const { screen, id } = place.value;
  const Other = screens[screen];
  if (Other) return <Other key={screen + id} id={id} />;
  switch (screen) {
    case "card":
      return <CardScreen />;
    case "passport":
      return <Passport />;
    case "claim":
      return <Claim key={id} id={id} />;
    case "phone":
      return me.value && me.value.guest ? <Phone /> : <CardScreen />;
    case "me":
      return <MyData />;
    default:
      return <Now />;
  }
}
