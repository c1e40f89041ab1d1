/** Hours, minutes and seconds in the reader's time zone. */
export const clockOf = (at: Date): string => at.toLocaleTimeString([], { hour12: false });

/** Hours and minutes. */
export const minuteOf = (at: Date): string =>
  at.toLocaleTimeString([], { hour12: false, hour: '2-digit', minute: '2-digit' });
