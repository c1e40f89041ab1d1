import { render } from 'preact';
import '../shared/theme.css';
import { startTheme } from '../shared/theme';
import { App } from './app';
import './styles/frame.css';
import './styles/side.css';
import './styles/chat.css';
import './styles/order.css';
import './styles/monitor.css';
import './styles/playground.css';
import { playground } from './playground/playground';
import { startRoute } from './route';

startTheme();
startRoute((credentials) => playground.take(credentials));
playground.start();
render(<App />, document.body);
