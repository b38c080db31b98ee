package testbed

// Watchdog returns the variables that of-watchdog reads from the environment that it shares
// with its function, with their defaults, "" for none. In mode http it starts the function
// with its own environment and adds nothing to it.
//
// Source: the tables in the README of github.com/openfaas/of-watchdog and New of its package
// config, with the spelling of both where they differ (log_call_id, log_callid); the last
// three are of the classic watchdog.
func Watchdog() map[string]string {
	return map[string]string{
		"mode": "streaming", "fprocess": "", "function_process": "", "port": "8080", "max_inflight": "0",
		"read_timeout": "30s", "write_timeout": "30s", "exec_timeout": "30s", "healthcheck_interval": "30s",
		"upstream_url": "", "http_upstream_url": "", "http_buffer_req_body": "false", "buffer_http": "false",
		"ready_path": "", "suppress_lock": "false", "one_shot": "false",
		"content_type": "application/octet-stream", "static_path": "/home/app/public",
		"prefix_logs": "true", "log_buffer_size": "65536", "log_call_id": "false", "log_callid": "false",
		"jwt_auth": "false", "jwt_auth_debug": "false", "jwt_auth_local": "false", "jwt_auth_issuer": "",
		"oauth_enabled": "false", "oauth_base_url": "", "oauth_client_id": "", "oauth_client_secret": "",
		"oauth_signing_key": "", "oauth_issuer_url": "", "oauth_authorization_endpoint": "", "oauth_token_endpoint": "",
		"oauth_token_auth_method": "client_secret_basic", "oauth_scopes": "openid",
		"oauth_cookie_name": "of_session", "oauth_login_cookie_name": "of_login",
		"oauth_login_redirect": "", "oauth_logout_redirect": "", "oauth_error_redirect": "",
		"oauth_session_default_ttl": "1h", "oauth_session_ttl": "", "oauth_allow_http": "false",
		"write_debug": "false", "read_debug": "false", "combined_output": "false",
	}
}
