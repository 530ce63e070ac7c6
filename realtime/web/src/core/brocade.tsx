/** The one ornament: a thin band of Ê Đê brocade geometry, drawn by us. Decoration only. */

/** `height` in CSS pixels; the band fills the width it is given. */
export function Brocade({ height = 24 }: { height?: number }) {
  // One tile of 48 × 24: a stepped lozenge with its heart, and the steps that join it to the next.
  return (
    <svg class="brocade" width="100%" height={height} aria-hidden="true" focusable="false">
      <defs>
        <pattern
          id="brocade-tile"
          width="48"
          height="24"
          patternUnits="userSpaceOnUse"
          patternTransform={"scale(" + height / 24 + ")"}
        >
          <rect width="48" height="24" fill="#17191f" />
          <path fill="#b3261e" d="M24 2h4v2h4v2h4v2h4v2h4v4h-4v2h-4v2h-4v2h-4v2h-8v-2h-4v-2h-4v-2h-4v-2h-4v-4h4v-2h4v-2h4v-2h4v-2z" />
          <path fill="#ffffff" d="M24 6l12 6-12 6-12-6z" />
          <path fill="#b3261e" d="M24 8.5l7 3.5-7 3.5-7-3.5z" />
          <path fill="#f2b705" d="M24 10.2l3.6 1.8-3.6 1.8-3.6-1.8z" />
          <path fill="#f2b705" d="M0 3h4v2h4v2H4v2H0zM48 3h-4v2h-4v2h4v2h4zM0 21h4v-2h4v-2H4v-2H0zM48 21h-4v-2h-4v-2h4v-2h4z" />
          <path fill="#ffffff" d="M0 10l4 2-4 2zM48 10l-4 2 4 2z" />
          <path fill="#b3261e" d="M0 0h48v1H0zM0 23h48v1H0z" />
        </pattern>
      </defs>
      <rect width="100%" height="100%" fill="url(#brocade-tile)" />
    </svg>
  );
}
