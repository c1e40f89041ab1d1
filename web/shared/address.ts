/** The address of something that the server of this page serves, under whatever path a proxy shows it. @param path from `/` on. */
export const addressOf = (path: string): string => new URL(path.slice(1), document.baseURI).href;
