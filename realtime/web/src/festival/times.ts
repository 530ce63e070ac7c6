/** Moments of the server's in Viet Nam's time (UTC+7, no summer time), whatever the phone's zone. */

const two = (part: number) => (part < 10 ? "0" : "") + part;
const local = (at: number) => new Date(at + 7 * 3_600_000);

/** 07:30 */
export function timeText(at: number): string {
  const moment = local(at);
  return two(moment.getUTCHours()) + ":" + two(moment.getUTCMinutes());
}

/** 22/11/2026 */
export function dayText(at: number): string {
  const moment = local(at);
  return two(moment.getUTCDate()) + "/" + two(moment.getUTCMonth() + 1) + "/" + moment.getUTCFullYear();
}

/** 2026-11-22 as 22/11/2026 */
export function isoDay(day: string): string {
  return day.split("-").reverse().join("/");
}
