/** Hours, minutes and seconds as the reader's clock shows them. */
export const clockOf = (at: Date): string => at.toLocaleTimeString([], { hour12: false });

/** Hours and minutes. */
export const minuteOf = (at: Date): string =>
  at.toLocaleTimeString([], { hour12: false, hour: '2-digit', minute: '2-digit' });
