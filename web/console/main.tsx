import { render } from 'preact';
import '../shared/theme.css';

render(<h1>Postrider</h1>, document.body);
