extension LoadReport { package var page: String { "" } }
