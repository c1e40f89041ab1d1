import { render } from 'preact';
import '../shared/theme.css';
import './console.css';
import './views.css';
import { startTheme } from '../shared/theme.js';
import { App } from './app.js';
import { startState } from './state.js';

startTheme();
startState();
const place = document.getElementById('app');
if (place) render(<App />, place);
