import { LuaScript } from '../redis/lua.script.js';

/** The script `lua/<name>.lua`, behind what all scripts of topics share. */
export const topicScript = (name: string): LuaScript =>
  new LuaScript(import.meta.url, `./lua/${name}.lua`, './lua/lib.lua', './lua/ranges.lua', './lua/endings.lua');
