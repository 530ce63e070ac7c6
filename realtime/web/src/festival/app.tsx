/** Chooses the screen. */

import { acts } from "./acts";
import { place } from "./place";
import { screens } from "./screens";
import { me, state } from "./store";

export function App() {
  const told = state.value;
  const { screen, id } = place.value;
  const Screen = screens[screen];
  if (Screen) return <Screen id={id} />;
  return (
    <div class="page">
      <main class="scroll">
        {told && (
          <>
            <h1>{told.festival.title}</h1>
            {told.items
              .filter((item) => item.state === "live")
              .map((item) => {
                const Act = acts[item.kind];
                return Act ? <Act key={item.id} item={item} state={told} me={me.value} /> : <p key={item.id}>{item.title}</p>;
              })}
          </>
        )}
      </main>
    </div>
  );
}
