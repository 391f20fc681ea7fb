/** Which messages are worth a sound. Pure. */

export interface Arrival {
  isMine: boolean;
  /** False for what is caught up with after being away. */
  isLive: boolean;
  isMuted: boolean;
  isRoomMuted: boolean;
  /** Its conversation is on the screen, and the page has the focus. */
  isWatched: boolean;
}

export function isHeard(arrival: Arrival): boolean {
  const { isMine, isLive, isMuted, isRoomMuted, isWatched } = arrival;
  return isLive && !isMine && !isMuted && !isRoomMuted && !isWatched;
}
